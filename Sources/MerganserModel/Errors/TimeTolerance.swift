public import MerganserTypes

/// Which times of other replicas a replica takes: one invariant for versions and states, on every road.
///
/// A clock that runs ahead makes its replica's writes win over those that come later. So a time is refused
/// that lies further than ``drift`` ahead of what its wall clock shows, or of the time up to which the replica was
/// told to accept.
///
/// What a replica holds counts too, since hybrid time never goes back. Where a clock was ahead once, and its
/// versions are here, all times go on from theirs, in steps of 1/65,536 ms for each version, until the walls
/// have reached them. So a time is accepted up to ``standardStep`` ahead of the latest that is here: as far as
/// 65 million versions go. With the drift in its place a member could set all clocks ahead by that with each
/// version.
public struct TimeTolerance: Hashable, Sendable {
  /// The drift that replicas tolerate unless they are told otherwise: five minutes.
  public static let standardDrift = Duration.seconds(300)
  /// How far a time may lie ahead of all that is here, whatever the wall shows: a second.
  public static let standardStep = Duration.seconds(1)
  /// The drifts that can be asked for.
  public static let allowedDrifts = Duration.zero...Duration.seconds(366 * 86_400)
  /// The time that nothing accepted may pass, in the year 6429: half of what a time can be.
  ///
  /// Without an end, steps could use up all times there are.
  public static let end = HybridTime(milliseconds: 1 << 47)

  /// How far ahead a time may lie, in milliseconds.
  public let drift: UInt64
  /// The time up to which the replica was told to accept times, whatever its clocks show.
  public private(set) var accepted = HybridTime.zero

  /// The standard drift, and nothing accepted.
  public init() { drift = Self.milliseconds(Self.standardDrift) }

  /// The given drift, and nothing accepted.
  ///
  /// - Throws: ``TimeError/invalidDrift(_:allowed:)``.
  public init(drift: Duration) throws(TimeError) {
    guard Self.allowedDrifts.contains(drift) else {
      throw .invalidDrift(drift, allowed: Self.allowedDrifts)
    }
    self.drift = Self.milliseconds(drift)
  }

  /// Accepts all times up to the given one, and those within the drift of it.
  ///
  /// - Throws: ``TimeError/beyondEnd(_:end:)``.
  public mutating func accept(upTo time: HybridTime) throws(TimeError) {
    guard time <= Self.end else { throw .beyondEnd(time, end: Self.end) }
    accepted = max(accepted, time)
  }

  /// How far a time lies ahead, if that is too far.
  ///
  /// - Parameters:
  ///   - time: the time that another replica gave.
  ///   - wall: what the wall clock shows.
  ///   - seen: the latest time in what the replica holds.
  /// - Returns: the time and its limit; `nil` if it can be accepted.
  package func excess(
    of time: HybridTime, wall: HybridTime, seen: HybridTime
  ) -> FutureTime? {
    if time.milliseconds <= max(wall, accepted, min(seen, Self.end)).milliseconds { return nil }
    let known = FutureTime(time: time, latest: max(wall, accepted), drift: drift)
    let held = FutureTime(
      time: time, latest: min(seen, Self.end), drift: Self.milliseconds(Self.standardStep))
    guard known.excess > 0, held.excess > 0 else { return nil }
    return known.excess < held.excess ? known : held
  }

  private static func milliseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(clamping: seconds) * 1000 + UInt64(clamping: attoseconds / 1_000_000_000_000_000)
  }
}

/// A time that lies too far ahead to be accepted.
public struct FutureTime: Hashable, Sendable {
  /// The time.
  public let time: HybridTime
  /// The latest time that the replica knows which refused it: by its wall, or by what it holds or accepts.
  public let latest: HybridTime
  /// How far ahead of that a time may lie, in milliseconds.
  public let drift: UInt64

  /// The time that lies ahead of `latest`, of which `drift` is tolerated.
  package init(time: HybridTime, latest: HybridTime, drift: UInt64) {
    self.time = time
    self.latest = latest
    self.drift = drift
  }

  /// How far it lies ahead of what is tolerated, in milliseconds.
  fileprivate var excess: UInt64 { ahead - min(ahead, drift) }

  /// How far it lies ahead, in milliseconds.
  public var ahead: UInt64 {
    time.milliseconds - min(time.milliseconds, latest.milliseconds)
  }
}

extension FutureTime: CustomStringConvertible {
  /// How far ahead it is, what is tolerated, and what to do.
  public var description: String {
    """
    \(ahead / 1000) s in the future (\(time.milliseconds) ms, where this side's latest time is \
    \(latest.milliseconds) ms); \(drift / 1000) s are tolerated. It is offered again by the next sync. \
    If a clock was wrong, set it right, and let this side accept the times that it gave: \
    acceptTimes(upTo:), or merganser accept
    """
  }
}

/// Why a time, or a drift, cannot be tolerated.
public enum TimeError: MerganserError, Hashable {
  /// The drift is not one that can be asked for.
  case invalidDrift(Duration, allowed: ClosedRange<Duration>)
  /// The time lies behind the end of the times that a replica accepts.
  case beyondEnd(HybridTime, end: HybridTime)
  /// This replica's clock lies behind that end, so that no other replica would ever take what it writes.
  case clockBeyondEnd(HybridTime, end: HybridTime)
}

extension TimeError: CustomStringConvertible {
  /// What was found, and what would be allowed.
  public var description: String {
    switch self {
    case .invalidDrift(let found, let allowed):
      """
      a drift of \(found) cannot be tolerated; give one from \(allowed.lowerBound) to \
      \(allowed.upperBound)
      """
    case .beyondEnd(let found, let end):
      """
      times up to \(found.milliseconds) ms cannot be accepted; give one of at most \
      \(end.milliseconds) ms since 1970
      """
    case .clockBeyondEnd(let found, let end):
      """
      this replica's clock has reached \(found.milliseconds) ms since 1970, and no replica takes times behind \
      \(end.milliseconds) ms; nothing was written. Give the replica a wall clock that counts milliseconds \
      since 1970
      """
    }
  }
}
