public import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What makes rows keep a ``/MerganserModel/Check`` that the schema has now and had not when they were
/// written: a transaction, and some of the rows.
public typealias RowRepair = @Sendable (borrowing Transaction, BrokenRows) throws -> Void

/// The step by which a store comes to record the schema that it is opened with, once the rows that are there
/// keep what is new in it.
struct SchemaGrowth {
  /// How many rows are listed for whoever opens the store without a repair.
  private static let listed = 100
  /// How many rows one transaction repairs.
  private static let repairedAtOnce = 1000

  let store: any RecoverableStorage
  /// Where it is, for whoever is told that it cannot grow.
  let path: String
  let repair: RowRepair?
  let clearance: Clearance
  let wall: @Sendable () -> HybridTime

  /// Asks the rows for what is new, repairs those that break it, and records the schema.
  ///
  /// - Throws: ``OpenError/brokenRows(path:_:)``; what the repair throws. What was repaired until then stays,
  ///   and the schema is not recorded.
  func complete(_ database: inout Database) throws {
    let earlier = store.identity.schema
    let schema = database.catalog.description
    if earlier == schema { return }
    let new = Set(schema.invariantsToCheck(growingFrom: earlier).map(\.name))
    if let repair, !new.isEmpty {
      // What a repair writes to new tables is read by no program that does not know them.
      var unchecked = schema
      unchecked.invariants.removeAll { new.contains($0.name) }
      var place: BrokenRows.Place?
      while true {
        let broken = try database.snapshot.rows(
          breaking: new, behind: place, listing: Self.repairedAtOnce, countsAll: false)
        guard let last = broken.last else { break }
        try store.updateSchema(unchecked)
        let (_, version) = try database.transact(clearance: clearance, wall: wall()) { tx in
          try repair(tx, broken)
        }
        try store.append([version].compactMap { $0 })
        let left = try database.snapshot.rows(
          breaking: new, behind: place, listing: 1, countsAll: false)
        if let first = left.last, first <= last { break }
        place = last
      }
    }
    let broken = try database.snapshot.rows(breaking: new, listing: Self.listed, countsAll: true)
    if broken.count > 0 { throw OpenError.brokenRows(path: path, broken) }
    try store.updateSchema(schema)
  }
}
