#if Network
  public import Foundation
  public import MerganserTypes

  /// The other side of a connection, or of one that is tried.
  public struct NetworkPeer: Sendable {
    /// How far a connection has come.
    public enum State: Hashable, Sendable {
      /// It is being made, and the other side has not said who it is.
      case connecting
      /// What becomes durable at one side goes to the other.
      case linked
      /// It is linked, and takes nothing of what is being sent to it.
      case behind
      /// It ends in order.
      case draining
      /// It is tried again at that time.
      case waiting(until: Date)
    }

    /// Where it is.
    public let address: String
    /// Whether it has connected to this side, and not this side to it.
    public let isIncoming: Bool
    /// Who it is, once it has said so.
    public var replica: ReplicaID?
    /// How far the connection has come.
    public var state: State
    /// Since when.
    public var since: Date
    /// What has ended the connection before, or kept it from being made.
    public var lastError: (any Error)?
  }

  /// What a listener, or a connector, has to say of itself.
  public struct NetworkStatus: Sendable {
    /// The other sides.
    public var peers: [NetworkPeer] = []
    /// How many connections were refused, as there were too many.
    public var refused = 0
    /// How many connections failed before the other side had said who it is.
    public var failed = 0
    /// What was refused or failed last.
    public var lastError: (any Error)?
    /// How many bytes came by all connections until now, without what TLS adds.
    public var receivedBytes = 0
    /// How many bytes went.
    public var sentBytes = 0
    /// When this side's certificate ends; `nil` without one of a ``DatabaseAuthority``.
    public var certificateEnd: Date?

    /// Whether this side's certificate ends within a month.
    public var isCertificateEnding: Bool {
      certificateEnd.map { $0.timeIntervalSinceNow < certificateNotice } ?? false
    }
  }

  /// How many seconds before its end a certificate is reported.
  let certificateNotice: TimeInterval = 30 * 86_400
#endif
