import Merganser
import Synchronization

/// What the clocks of all replicas show: the order of times that the history has.
final class PartitionClock: Sendable {
  private let milliseconds = Atomic<UInt64>(1)

  var time: HybridTime { HybridTime(milliseconds: milliseconds.load(ordering: .relaxed)) }

  func set(_ time: UInt64) { milliseconds.store(time, ordering: .relaxed) }
}
