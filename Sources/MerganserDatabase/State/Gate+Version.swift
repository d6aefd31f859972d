import MerganserModel
import MerganserTypes

extension Gate {
  /// The gate for a version that comes to a database with the given founder; of one that was applied before, only
  /// whether the writes that it names are here is asked.
  init(_ version: Version, founder: ReplicaID, wasApplied: Bool = false) {
    self.init(
      origin: DeltaOrigin(version, wasApplied: wasApplied), sequences: version.sequences,
      terms: version.terms, founder: founder)
  }
}

extension DeltaOrigin {
  /// The origin of what a version wrote; of the format without links, stamps are not asked, as its programs
  /// wrote some that are later than the version.
  fileprivate init(_ version: Version, wasApplied: Bool) {
    self.init(
      replica: version.origin, last: version.sequences.upperBound,
      latestStamp: version.stored.format > 1 ? version.time : HybridTime(bits: .max),
      wasApplied: wasApplied)
  }
}
