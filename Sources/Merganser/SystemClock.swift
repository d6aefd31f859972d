import Foundation
public import MerganserTypes

/// What the system's wall clock shows.
@Sendable
public func systemClock() -> HybridTime {
  HybridTime(milliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1000)))
}
