import Merganser
import MerganserConfluence
import MerganserDatabase

/// The schema of a workload, for replicas.
struct CatalogSchema: Schema, CustomReflectable {
  let invariants: [any Invariant]
  private let tables: [any AnyTable]

  init(_ workload: Workload) {
    invariants = workload.catalog.invariants.map(\.invariant)
    tables = workload.catalog.tables.filter { !systemTableNames.contains($0.name) }
  }

  /// The tables are its properties.
  var customMirror: Mirror { Mirror(self, unlabeledChildren: tables) }
}
