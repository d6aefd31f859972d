public import MerganserTypes

/// Where a row's delta comes from: what may stand in it follows.
@usableFromInline
struct DeltaOrigin: Sendable {
  /// Who wrote it.
  @usableFromInline let replica: ReplicaID
  /// The last number of the version that it is in.
  @usableFromInline let last: UInt64
  /// The latest stamp that it may have.
  @usableFromInline let latestStamp: HybridTime
  /// What is here before it is applied.
  @usableFromInline let vector: VersionVector
  /// Whether it was applied here before, so that only what it names has to be here.
  @usableFromInline let wasApplied: Bool

  /// The origin of what a version wrote; of the format without links, stamps are not asked, as its programs
  /// wrote some that are later than the version.
  init(_ version: Version, after vector: VersionVector, wasApplied: Bool) {
    replica = version.origin
    last = version.sequences.upperBound
    latestStamp = version.stored.format > 1 ? version.time : HybridTime(bits: .max)
    self.vector = vector
    self.wasApplied = wasApplied
  }

  /// The origin of what a transaction wrote; stamps are not asked, as those that are later than the
  /// transaction are set back.
  init(_ author: Author, after vector: VersionVector) {
    replica = author.replica
    last = author.nextSequence - 1
    latestStamp = HybridTime(bits: .max)
    self.vector = vector
    wasApplied = false
  }
}

/// Why a row's delta cannot be applied.
@usableFromInline
enum DeltaFault: Equatable, Sendable {
  /// It counts in another replica's name, or has a stamp that is later than its version's time.
  case otherHand
  /// It names a write of its own origin that comes later.
  case ahead(Dot)
  /// It names writes that are not here yet, up to these.
  case unseen(VersionVector)
}

extension Row {
  /// What keeps a delta from being applied; `nil` if nothing does.
  ///
  /// All that it names is there already: what was removed before it came would return, and a row could refer to
  /// a parent that comes later, on some replicas and not on others. The delta's context covers its store, as it does
  /// of every delta that was decoded.
  @inlinable
  static func fault(of delta: Causal<Row>, from origin: DeltaOrigin) -> DeltaFault? {
    var ahead: Dot?
    var unseen: VersionVector?
    func look(_ dot: Dot) {
      if dot.replica == origin.replica {
        if dot.sequence > origin.last { ahead = dot }
      } else if dot.sequence > origin.vector[dot.replica] {
        var needed = unseen ?? VersionVector()
        needed[dot.replica] = Swift.max(needed[dot.replica], dot.sequence)
        unseen = needed
      }
    }
    for incarnation in delta.store.living {
      guard
        origin.wasApplied
          || incarnation.store.canBeWritten(by: origin.replica, at: origin.latestStamp)
      else { return .otherHand }
      incarnation.anchors.forEach(look)
    }
    // It covers the dots that live in the store.
    delta.context.forEachRun { replica, sequences in look(Dot(replica, sequences.upperBound)) }
    if let ahead, !origin.wasApplied { return .ahead(ahead) }
    return unseen.map { .unseen($0) }
  }
}
