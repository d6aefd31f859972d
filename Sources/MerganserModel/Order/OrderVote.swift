/// A voter's row: the greatest epoch that it has promised, and the last entry that it has accepted.
///
/// Only grows. Its voter alone writes it, and stores it durably before anybody else sees it. A promise of an epoch is: *I accept nothing below it.*
/// Who promises itself an epoch asks the others for theirs (there is no other row of candidates).
///
/// What it accepted grows by the entry's number first, then by the epoch: a voter accepts only the entry behind the last one that it
/// has applied, so that what it accepted before is either chosen, or for the same number. (Paxos' acceptor, one instance at a time:
/// Lamport, *Paxos Made Simple*, §2.2 and §3.)
package struct OrderVote: Hashable, Sendable {
  /// An entry, and the epoch in which it was accepted: that of the proposal, not the one that made the entry.
  package struct Acceptance: Hashable, Comparable, Sendable {
    package var epoch: OrderEpoch
    package var entry: OrderEntry

    package init(epoch: OrderEpoch, entry: OrderEntry) {
      self.epoch = epoch
      self.entry = entry
    }

    package static func < (a: Acceptance, b: Acceptance) -> Bool {
      if a.entry.number != b.entry.number { return a.entry.number < b.entry.number }
      return a.epoch != b.epoch ? a.epoch < b.epoch : a.entry < b.entry
    }
  }

  package var promised: OrderEpoch
  package var accepted: Acceptance?

  package init(promised: OrderEpoch, accepted: Acceptance? = nil) {
    self.promised = promised
    self.accepted = accepted
  }

  /// Joins part by part by the greater.
  ///
  /// Both parts are totally ordered, so that this is a join of any two rows. Returns whether the row grew.
  @discardableResult
  package mutating func merge(_ other: OrderVote) -> Bool {
    var grew = false
    if other.promised > promised {
      promised = other.promised
      grew = true
    }
    if let theirs = other.accepted, accepted.map({ theirs > $0 }) ?? true {
      accepted = theirs
      grew = true
    }
    return grew
  }
}
