import Merganser
import Synchronization

/// A wall clock that a test sets.
final class Wall: Sendable {
  static let now: UInt64 = 1_767_225_600_000
  static let year: UInt64 = 365 * 86_400_000
  private let milliseconds: Mutex<UInt64>

  init(ahead: UInt64 = 0) { milliseconds = Mutex(Self.now + ahead) }

  /// Each look at it is a millisecond later.
  @Sendable func time() -> HybridTime {
    milliseconds.withLock { milliseconds in
      milliseconds += 1
      return HybridTime(milliseconds: milliseconds)
    }
  }

  func set(ahead: UInt64 = 0) { milliseconds.withLock { $0 = Self.now + ahead } }
}

extension ReplicaOptions {
  /// These options under another clock.
  func with(wall: @escaping @Sendable () -> HybridTime) -> Self {
    var options = self
    options.wall = wall
    return options
  }
}
