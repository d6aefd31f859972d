import MerganserTypes

/// A version of another replica that is judged, and what is here before it is applied.
package struct ReceivedVersion {
  let gate: Gate
  /// Whether it was written under the schema by which it is judged.
  let isOfThisSchema: Bool
  /// What has been seen here.
  let seen: CausalContext
  let succession: Succession

  /// Who wrote it.
  var origin: ReplicaID { gate.origin.replica }

  /// Whether its origin may write what a replica owns now: it is that replica, or its heir.
  func isOfHolder(for owner: ReplicaID) -> Bool {
    owner == origin || succession.holder(for: owner) == origin
  }

  /// Waiting until the identity that owns something ends, whose heir its origin can be.
  func held(untilOwned name: String, by owner: ReplicaID) -> VersionObstacle {
    .held(
      .ownedElsewhere(
        origin: origin, sequence: gate.sequences.lowerBound, name: name, owner: owner),
      until: .cut)
  }

  /// Refusing for good what breaks an invariant by itself.
  func refused(_ violation: InvariantViolation) -> VersionObstacle {
    .refused(
      .breaksInvariant(
        origin: origin, sequence: gate.sequences.lowerBound, invariant: violation.invariant,
        reason: "\(violation)"))
  }
}

/// What a version of another replica writes to a row.
package struct ReceivedWrite {
  /// The table's number.
  let number: Int
  let table: any TableDefinition
  /// The row's key, which lies in the version's bytes.
  let encodedKey: UnsafeRawBufferPointer
  /// What is written, as a row.
  let row: AnyRow

  /// The row's key.
  var key: [UInt8] { Array(encodedKey) }
}

extension ReceivedVersion {
  /// What of a write's takings another replica owns, which keeps it from being applied; `nil` if nothing is.
  ///
  /// A version for one replica only need own nothing, and one that a plan let through is not asked for owners.
  func ownedElsewhere(
    _ write: ReceivedWrite, indexed: IndexedRows, owners: ResourceOwners?
  ) -> VersionObstacle? {
    guard let owners, isOfThisSchema, gate.terms.scope == .everywhere, gate.terms.plan == 0 else {
      return nil
    }
    for entry in indexed(write.table.key(write.key), nil, write.row).after {
      guard let owner = owners.owner(entry.resource, gate.founder), !isOfHolder(for: owner) else {
        continue
      }
      return held(untilOwned: owners.text(entry.resource), by: owner)
    }
    return nil
  }
}
