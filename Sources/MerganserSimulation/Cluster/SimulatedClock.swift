import MerganserTypes

/// A site's wall clock.
///
/// It is used by one thread.
final class SimulatedClock: @unchecked Sendable {
  /// How many milliseconds it shows more than the true time.
  var skew: Int64 = 0
  /// The true time, in milliseconds since 1970.
  var now: UInt64 = 0

  /// What it shows.
  var time: HybridTime {
    HybridTime(milliseconds: UInt64(max(0, Int64(clamping: now) &+ skew)))
  }
}
