package import MerganserTypes

/// A term of office: a number, and the one replica that may be primary in it.
///
/// Epochs are ordered by number, then by candidate. The candidate is part of the epoch, so that two candidates never ask for the same one
/// and an epoch has one primary by construction, whatever the voters are (the disjoint sets of proposal numbers in Lamport, *Paxos
/// Made Simple*, §2.2).
package struct OrderEpoch: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var number: UInt64
  package var candidate: ReplicaID

  package init(_ number: UInt64, of candidate: ReplicaID) {
    self.number = number
    self.candidate = candidate
  }

  package static func < (a: OrderEpoch, b: OrderEpoch) -> Bool {
    a.number != b.number ? a.number < b.number : a.candidate < b.candidate
  }

  package var description: String { "\(number)\(candidate)" }

  /// How far beyond the epochs that it knows a voter follows: 2³², so that no row can use up all epochs at once.
  static let reach: UInt64 = 1 << 32

  /// Returns whether a replica that knows of `known` takes this epoch seriously.
  func isWithinReach(of known: UInt64) -> Bool {
    number <= known || number - known <= OrderEpoch.reach
  }
}
