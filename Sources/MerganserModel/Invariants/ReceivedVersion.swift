package import MerganserTypes

/// A version of another replica that is judged, and what is here before it is applied.
package struct ReceivedVersion {
  package let gate: Gate
  /// Whether it was written under the schema by which it is judged.
  package let isOfThisSchema: Bool
  /// What has been seen here.
  package let seen: CausalContext
  package let succession: Succession

  /// The version of the given parts.
  package init(gate: Gate, isOfThisSchema: Bool, seen: CausalContext, succession: Succession) {
    self.gate = gate
    self.isOfThisSchema = isOfThisSchema
    self.seen = seen
    self.succession = succession
  }

  /// Who wrote it.
  package var origin: ReplicaID { gate.origin.replica }

  /// Whether its origin may write what a replica owns now: it is that replica, or its heir.
  func isOfHolder(for owner: ReplicaID) -> Bool {
    owner == origin || succession.holder(for: owner) == origin
  }

  /// Waiting until the identity that owns something ends, whose heir its origin can be.
  package func held(untilOwned name: String, by owner: ReplicaID) -> VersionObstacle {
    .held(
      .ownedElsewhere(
        origin: origin, sequence: gate.sequences.lowerBound, name: name, owner: owner),
      until: .cut)
  }

  /// Refusing for good what breaks an invariant by itself.
  package func refused(_ violation: InvariantViolation) -> VersionObstacle {
    .refused(
      .breaksInvariant(
        origin: origin, sequence: gate.sequences.lowerBound, invariant: violation.invariant,
        reason: "\(violation)"))
  }
}

/// What a version of another replica writes to a row.
package struct ReceivedWrite {
  /// The table's number.
  package let number: Int
  package let table: any TableDefinition
  /// The row's key, which lies in the version's bytes.
  package let encodedKey: UnsafeRawBufferPointer
  /// What is written, as a row.
  package let row: AnyRow

  /// The write of the given parts.
  package init(
    number: Int, table: any TableDefinition, encodedKey: UnsafeRawBufferPointer, row: AnyRow
  ) {
    self.number = number
    self.table = table
    self.encodedKey = encodedKey
    self.row = row
  }

  /// The row's key.
  package var key: [UInt8] { Array(encodedKey) }
}

extension ReceivedVersion {
  /// What of a write's takings another replica owns, which keeps it from being applied; `nil` if nothing is.
  ///
  /// A version for one replica only need own nothing, and one that a plan let through is not asked for owners.
  package func ownedElsewhere(
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
