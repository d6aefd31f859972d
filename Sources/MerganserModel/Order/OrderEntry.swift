/// One entry of an order, by name: its number in the whole order, the epoch in which it was made, and the hash of what it holds.
///
/// The numbers of an order go 1, 2, 3, … through all epochs. The epoch is the one that *made* the entry; a later primary that finds
/// the entry unfinished proposes the same entry again, under the same name. The hash covers the entry before it.
package struct OrderEntry: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var number: UInt64
  package var epoch: OrderEpoch
  package var hash: UInt64

  package init(number: UInt64, epoch: OrderEpoch, hash: UInt64) {
    self.number = number
    self.epoch = epoch
    self.hash = hash
  }

  package static func < (a: OrderEntry, b: OrderEntry) -> Bool {
    if a.number != b.number { return a.number < b.number }
    if a.epoch != b.epoch { return a.epoch < b.epoch }
    return a.hash < b.hash
  }

  package var description: String { "\(number)@\(epoch)#\(String(hash, radix: 36))" }

  /// Returns whether the entry has the number behind `previous`, and an epoch that is not below that one's.
  func follows(_ previous: OrderEntry, by guarantees: Guarantees) -> Bool {
    let (next, overflow) = previous.number.addingReportingOverflow(1)
    return !overflow && number == next
      && (epoch >= previous.epoch || !guarantees.contains(.epochsRise))
  }
}
