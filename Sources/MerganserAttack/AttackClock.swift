import Synchronization

/// What true clocks show in an attack, in milliseconds.
final class AttackClock: Sendable {
  private let now = Atomic<UInt64>(1_000_000)

  var time: UInt64 { now.load(ordering: .relaxed) }

  func set(_ time: UInt64) { now.store(time, ordering: .relaxed) }
}
