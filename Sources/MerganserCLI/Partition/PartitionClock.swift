import Merganser
import Synchronization

/// What the clocks of all replicas show: the order of times that the history has.
final class PartitionClock: Sendable {
  private let bits: Atomic<UInt64>

  init(_ time: HybridTime) { bits = Atomic(time.bits) }

  var time: HybridTime { HybridTime(bits: bits.load(ordering: .relaxed)) }

  func set(_ time: HybridTime) { bits.store(time.bits, ordering: .relaxed) }
}
