import Foundation

/// How a relay is, as it tells those who ask at its health port.
struct RelayStatus: Codable, Sendable {
  /// The other side of a link, or of one that is tried.
  struct Peer: Codable, Sendable {
    var address: String
    var isIncoming: Bool
    /// Who it is, once it has said so.
    var replica: String?
    var state: String
    /// Since when; ISO 8601, in UTC.
    var since: String
    /// How many versions are here that it is not known to hold.
    var lag: UInt64?
    /// What has ended the link before, or keeps it from being made.
    var fault: String?

    /// Whether what becomes durable at one side goes to the other.
    var isLinked: Bool { ["linked", "behind"].contains(state) }
  }

  var version: String
  var replica: String
  var database: String
  /// When it began; ISO 8601, in UTC.
  var started: String
  var listening: [String] = []
  /// What speaks against that it is well; `nil` if nothing does.
  var trouble: String?
  var peers: [Peer] = []
  /// How many versions came, and were applied; went, and were applied there; were refused on either side.
  var received = 0
  var sent = 0
  var refused = 0
  /// How many wait in memory for what they depend on.
  var waiting = 0
  /// Without what TLS adds.
  var receivedBytes = 0
  var sentBytes = 0
  /// How many connections were refused, as there were too many; failed before the other side had said who it is.
  var refusedConnections = 0
  var failedConnections = 0
  /// What was refused or failed last.
  var lastFault: String?
  /// When this side's certificate ends; ISO 8601, in UTC.
  var certificateEnd: String?

  var linked: Int { peers.count { $0.isLinked } }
}
