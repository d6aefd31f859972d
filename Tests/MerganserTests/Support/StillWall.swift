import MerganserTypes
import Synchronization

/// A wall clock that stands until it is moved.
final class StillWall: Sendable {
  private let milliseconds = Mutex<UInt64>(1_800_000_000_000)

  func pass(_ seconds: UInt64) { milliseconds.withLock { $0 += seconds * 1000 } }

  var now: HybridTime { HybridTime(milliseconds: milliseconds.withLock { $0 }) }
}
