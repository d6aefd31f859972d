package import MerganserTypes

/// The table of requests, which every database has.
package let requestTable = Table<RequestID, RequestRecord>("merganser.requests.2")

/// The table in which earlier programs recorded the outcomes of requests.
///
/// It is read where ``requestTable`` has nothing, and not written to any more.
package let earlierRequestTable = Table<RequestID, LWWRegister<RequestOutcome>>(
  "merganser.requests")

/// The table of the times before which the database has forgotten something.
package let horizonTable = Table<String, Max<HybridTime>>("merganser.horizon")

/// Under which key ``horizonTable`` has the horizon of requests.
package let requestHorizonKey = "requests"

/// The table of the plan that a database was founded by, and of who has its seats: written by the founder alone, or
/// its heir.
package let planTable = Table<String, LWWRegister<String>>("merganser.plan")

/// Under which key ``planTable`` has the plan's text.
package let foundingPlanKey = "plan"

/// Under which key ``planTable`` has the id of who holds a seat.
package func seatKey(_ seat: Int) -> String { "seat \(seat)" }

/// The table of how many requests were run in order, by the epoch of the primary that ran them.
///
/// The primary of an epoch alone writes its row.
package let orderTable = Table<UInt64, Max<UInt64>>("merganser.order")

/// The table of votes in the order: each voter alone writes its row, and a later vote takes an earlier one's place.
package let voteTable = Table<ReplicaID, Max<OrderVote>>("merganser.order.votes")

/// The table of what primaries propose: each primary alone writes its row, and a later proposal takes an earlier one's
/// place.
package let proposalTable = Table<ReplicaID, Max<OrderProposal>>("merganser.order.proposals")

/// The table of what holds behind the last chosen entry, by how often the order was ended: the order itself writes it.
///
/// It has no rows as long as the founder, or its heir, is the only voter, and has always been.
package let orderStateTable = Table<UInt64, Max<OrderState>>("merganser.order.states")

/// The group of what is ordered.
package let orderGroup = "order"

/// The tables that every database has besides those of its schema.
package let systemTables: [any TableDefinition] = [
  earlierRequestTable, requestTable, horizonTable, cutTable, planTable, orderTable, voteTable,
  proposalTable, orderStateTable,
]

/// The names of ``systemTables``.
package let systemTableNames = Set(systemTables.map(\.name))

extension SchemaDescription {
  /// The schema without the system tables that the first programs did not have.
  ///
  /// What was made for a schema before there were these, as a plan, stays valid.
  package var withoutLaterSystemTables: SchemaDescription {
    let later = systemTableNames.subtracting([earlierRequestTable.name])
    return SchemaDescription(
      tables: tables.filter { !later.contains($0.name) }, invariants: invariants)
  }
}
