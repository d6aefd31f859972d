public import MerganserTypes

/// Where a row's delta comes from: what may stand in it follows.
@usableFromInline
package struct DeltaOrigin: Sendable {
  /// Who wrote it.
  @usableFromInline package let replica: ReplicaID
  /// The last number of the version that it is in.
  @usableFromInline package let last: UInt64
  /// The latest stamp that it may have.
  @usableFromInline package let latestStamp: HybridTime
  /// Whether it was applied here before, so that only what it names has to be here.
  @usableFromInline package let wasApplied: Bool

  /// The origin of what a version wrote.
  @inlinable
  package init(replica: ReplicaID, last: UInt64, latestStamp: HybridTime, wasApplied: Bool) {
    self.replica = replica
    self.last = last
    self.latestStamp = latestStamp
    self.wasApplied = wasApplied
  }

  /// The origin of what a transaction wrote; stamps are not asked, as those that are later than the
  /// transaction are set back.
  @inlinable
  package init(_ author: Author) {
    replica = author.replica
    last = author.nextSequence - 1
    latestStamp = HybridTime(bits: .max)
    wasApplied = false
  }
}

/// Why a row's delta cannot be applied.
@usableFromInline
package enum DeltaFault: Equatable, Sendable {
  /// It counts in another replica's name, or has a stamp that is later than its version's time.
  case otherHand
  /// It names a write of its own origin that comes later.
  case ahead(Dot)
  /// It names writes that are not here yet, up to these.
  case unseen(VersionVector)
}

/// What a delta names that is not there before it.
@usableFromInline
package struct NamedDots {
  /// A write of its own origin that comes later.
  @usableFromInline package var ahead: Dot?
  /// How far others have to be here.
  @usableFromInline package var unseen = VersionVector()

  @inlinable
  init() {}

  @inlinable
  package mutating func note(
    _ replica: ReplicaID, sequence: UInt64, from origin: DeltaOrigin, after vector: VersionVector
  ) {
    if replica == origin.replica {
      if sequence > origin.last { ahead = Dot(replica, sequence: sequence) }
    } else if sequence > vector[replica] {
      unseen[replica] = Swift.max(unseen[replica], sequence)
    }
  }
}

extension Row {
  /// What keeps a delta from being applied; `nil` if nothing does.
  ///
  /// All that it names is there already: what was removed before it came would return, and a row could refer to
  /// a parent that comes later, on some replicas and not on others. The delta's context covers its store, as it does
  /// of every delta that was decoded.
  ///
  /// - Parameters:
  ///   - delta: the delta.
  ///   - origin: where it comes from.
  ///   - vector: what is here before it is applied.
  /// - Returns: what keeps it from being applied.
  @inlinable
  package static func fault(
    of delta: Causal<Row>, from origin: DeltaOrigin, after vector: VersionVector
  ) -> DeltaFault? {
    var names = NamedDots()
    let living = delta.store.living
    for place in living.indices {
      guard
        origin.wasApplied
          || living[place].store.canBeWritten(by: origin.replica, at: origin.latestStamp)
      else { return .otherHand }
      for anchor in living[place].anchors {
        names.note(anchor.replica, sequence: anchor.sequence, from: origin, after: vector)
      }
    }
    // It covers the incarnations' dots, and those in their stores.
    delta.context.forEachLast { replica, last in
      names.note(replica, sequence: last, from: origin, after: vector)
    }
    if let ahead = names.ahead, !origin.wasApplied { return .ahead(ahead) }
    return names.unseen.replicas.isEmpty ? nil : .unseen(names.unseen)
  }
}
