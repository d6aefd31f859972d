package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

extension HealingMachine {
  /// Ends the old identity, and makes again what the new store lacks, as the program of a schema that heals it.
  ///
  /// - Parameters:
  ///   - store: the new store, which holds what the healthy replica does.
  ///   - schema: the program's schema.
  ///   - catalog: the same, made ready.
  ///   - running: how its declared transactions run.
  ///   - wall: the wall clock.
  /// - Returns: what became of it.
  /// - Throws: as ``offer(in:catalog:clearance:wall:)``.
  package func offer(
    in store: any RecoverableStorage, as schema: some Schema, catalog: Catalog, running: Running,
    wall: @escaping @Sendable () -> HybridTime
  ) throws -> HealingReport {
    let identity = store.identity
    let admission = try running.admission(
      of: schema, catalog: catalog, founder: identity.founder)
    return try offer(
      in: store, catalog: catalog.opening(identity.schema, at: "the simulated disk"),
      clearance: { admission.clearance($0) }, wall: wall)
  }
}
