import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A program that simulated replicas run: a schema, made ready once for all of them.
struct SimulatedProgram: Sendable {
  let schema: any Schema
  let catalog: Catalog
  private let opened = OpenedCatalogs()

  init(_ schema: some Schema) throws(SchemaError) {
    self.schema = schema
    catalog = try Catalog(schema)
  }

  /// Opens a storage as a replica.
  func open(
    _ storage: SimulatedStorage, clock: SimulatedClock, by setting: SimulationSetting,
    promising guarantees: Guarantees
  ) throws -> SteppedReplica {
    try SteppedReplica(
      schema, catalog: catalog,
      recorded: try opened.catalog(for: storage.identity.schema, by: catalog), storage: storage,
      running: setting.running,
      options: options(by: clock), portion: setting.checkpointPortion,
      guarantees: guarantees, room: guarantees.contains(.boundedRooms) ? setting.room : nil)
  }

  /// Whether it opens a store that records a schema.
  func opens(_ schema: SchemaDescription) -> Bool {
    (try? opened.catalog(for: schema, by: catalog)) != nil
  }

  /// Makes again in a new store what one that has left a branch of a fork had alone.
  func offer(
    by machine: HealingMachine, in storage: SimulatedStorage, clock: SimulatedClock,
    running: Running
  ) throws -> HealingReport {
    try machine.offer(in: storage, as: schema, catalog: catalog, running: running) { clock.time }
  }

  private func options(by clock: SimulatedClock) -> ReplicaOptions {
    var options = ReplicaOptions()
    options.wall = { clock.time }
    // Small clusters remove most rows of a table within a moment.
    options.adoption.removableShare = 1
    options.cacheLimit = 1 << 16
    return options
  }
}
