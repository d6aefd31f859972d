import Merganser
import MerganserModel
import MerganserTypes

/// A client that goes from site to site with its token, and what it has seen, as the checks know it.
struct SimulatedSession {
  /// How many clients there are.
  static let count = 10
  /// How often a client finds that it has to wait before it begins anew: what it has seen may be lost with a disk.
  private static let patience = 12

  private(set) var token = SessionToken()
  /// The last versions of each origin in all that it was shown, and wrote.
  private(set) var seen: [ReplicaID: Head] = [:]
  /// How often the client has called or was answered, in this session and those before.
  private(set) var turns = 0
  private var refusals = 0

  /// Takes notice of a snapshot that the client was shown.
  mutating func note(_ token: SessionToken, showing heads: [ReplicaID: Head]) throws {
    turns += 1
    refusals = 0
    try self.token.merge(token)
    note(heads)
  }

  /// Takes notice of a version that the client wrote, in its call of the given number.
  mutating func note(
    _ token: SessionToken, wrote heads: [ReplicaID: Head], inCall call: Int
  ) throws {
    // It comes behind all that the client had seen, unless that has called or been answered elsewhere meanwhile.
    if call == turns { self.token = token } else { try self.token.merge(token) }
    turns += 1
    note(heads)
  }

  private mutating func note(_ heads: [ReplicaID: Head]) {
    for (origin, head) in heads where seen[origin]?.sequence ?? 0 < head.sequence {
      seen[origin] = head
    }
  }

  /// Takes notice that the client has to wait; whether it begins anew.
  mutating func wait() -> Bool {
    refusals += 1
    if refusals < Self.patience { return false }
    beginAnew()
    return true
  }

  /// Forgets what was seen.
  mutating func beginAnew() { self = SimulatedSession(turns: turns + 1) }

  private init(turns: Int) { self.turns = turns }

  /// The session of a client that has seen nothing.
  init() {}
}
