package import MerganserModel
package import MerganserTypes

extension ReplicaID {
  /// The replica that a test calls by a number.
  package init(_ number: UInt64) { self.init(high: 0, low: number) }
}

extension OrderVoters {
  /// The voters that a test calls by their numbers.
  package init(numbered numbers: some Sequence<Int>) {
    self.init(Set(numbers.map { ReplicaID(UInt64($0)) }))
  }
}
