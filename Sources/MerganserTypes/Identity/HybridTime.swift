/// A moment on a hybrid logical clock: milliseconds since 1970 and a counter among equal ones.
///
/// Kulkarni, Demirbas, Madappa, Avva, Leone, *Logical Physical Clocks* (2014): it stays close to
/// wall time, and if one event could have influenced another, its time is smaller. 48 bits hold the
/// milliseconds (until the year 10889), 16 bits the counter; when that is full, the milliseconds run
/// ahead of the wall.
public struct HybridTime: Hashable, Sendable, Codable {
  /// Milliseconds in the upper 48 bits, the counter in the lower 16.
  public let bits: UInt64

  /// The time with the given bits.
  @inlinable
  public init(bits: UInt64) {
    self.bits = bits
  }

  /// The first moment of the given millisecond.
  @inlinable
  public init(milliseconds: UInt64) {
    bits = min(milliseconds, (1 << 48) - 1) << 16
  }

  /// The earliest time, before every event.
  public static let zero = HybridTime(bits: 0)

  /// Milliseconds since 1970.
  @inlinable
  public var milliseconds: UInt64 { bits >> 16 }

  /// The place among events of the same millisecond.
  @inlinable
  public var counter: UInt16 { UInt16(truncatingIfNeeded: bits) }
}

extension HybridTime {
  /// The beginning of the millisecond that is `duration` before this one, or the earliest time; of a
  /// negative duration, this one.
  package func earlier(by duration: Duration) -> HybridTime {
    let span = max(0, duration / .milliseconds(1)).rounded(.down)
    return HybridTime(milliseconds: milliseconds - min(UInt64(exactly: span) ?? .max, milliseconds))
  }
}

extension HybridTime: Comparable {
  /// Whether `a` comes before `b`.
  @inlinable
  public static func < (a: HybridTime, b: HybridTime) -> Bool { a.bits < b.bits }
}

extension HybridTime: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String { "\(milliseconds)+\(counter)" }
}

/// A clock that gives ever greater hybrid times, and follows the times that it is shown.
///
/// It reads no wall clock: the caller says what the wall shows.
public struct HybridClock: Hashable, Sendable {
  /// The greatest time given or seen.
  public var latest: HybridTime

  /// A clock that has seen everything up to `latest`.
  @inlinable
  public init(latest: HybridTime = .zero) {
    self.latest = latest
  }

  /// A time after every time given or seen, and not before the wall's.
  @inlinable
  public mutating func now(wall: HybridTime) -> HybridTime {
    let next = HybridTime(bits: latest.bits == .max ? .max : latest.bits + 1)
    latest = max(next, wall)
    return latest
  }

  /// Takes notice of a time that another replica gave.
  @inlinable
  public mutating func observe(_ time: HybridTime) {
    latest = max(latest, time)
  }
}
