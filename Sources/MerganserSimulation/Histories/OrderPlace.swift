package import MerganserModel

/// A place in an order: the number of a request among those that the primaries of one epoch have run.
package struct OrderPlace: Hashable, Comparable, Sendable {
  package let epoch: UInt64
  package let number: UInt64

  package init(epoch: UInt64, number: UInt64) {
    self.epoch = epoch
    self.number = number
  }

  /// The place of a request that an order ran; `nil` if a replica ran it by itself.
  package init?(_ executor: RequestExecutor) {
    guard case .group(_, let epoch, let number) = executor else { return nil }
    self.init(epoch: epoch, number: number)
  }

  package static func < (a: OrderPlace, b: OrderPlace) -> Bool {
    (a.epoch, a.number) < (b.epoch, b.number)
  }
}

extension OrderPlace: CustomStringConvertible {
  /// As a person reads it.
  package var description: String { "\(epoch):\(number)" }
}
