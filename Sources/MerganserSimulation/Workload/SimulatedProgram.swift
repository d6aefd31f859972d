import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A program that simulated replicas run: a schema, made ready once for all of them.
struct SimulatedProgram: Sendable {
  let schema: any Schema
  let catalog: Catalog

  init(_ schema: some Schema) throws(SchemaError) {
    self.schema = schema
    catalog = try Catalog(schema)
  }

  /// Opens a storage as a replica.
  func open(
    _ storage: SimulatedStorage, clock: SimulatedClock, by setting: SimulationSetting
  ) throws -> SteppedReplica {
    var options = ReplicaOptions()
    options.wall = { clock.time }
    // Small clusters remove most rows of a table within a moment.
    options.adoption.removableShare = 1
    options.cacheLimit = 1 << 16
    return try SteppedReplica(
      schema, catalog: catalog, storage: storage, running: setting.running, options: options,
      portion: setting.checkpointPortion, guarantees: setting.guarantees)
  }
}
