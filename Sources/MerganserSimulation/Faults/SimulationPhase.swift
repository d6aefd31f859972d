/// What a simulated replica is at when something goes wrong.
public enum SimulationPhase: String, CaseIterable, Hashable, Sendable {
  /// Nothing but transactions.
  case idle = "only transactions run"
  /// A sync begins: the two sides greet each other, and compare their histories.
  case greeting = "a sync begins"
  /// The other side's schema is taken over, which grew.
  case growth = "a schema is taken over"
  /// Versions are handed over.
  case versions = "versions are handed over"
  /// A state is handed over.
  case state = "a state is handed over"
  /// A sync ends: each side tells what became of what it was handed.
  case outcome = "a sync ends"
  /// Two replicas are linked: each sends the other what becomes durable.
  case linked = "two replicas stay linked"
  /// A state that came is merged into a copy of the store, which takes the store's place.
  case adoption = "a state is adopted"
  /// A checkpoint is stored, part by part.
  case checkpoint = "a checkpoint is stored"
  /// The log is truncated, part by part.
  case truncation = "the log is truncated"
  /// The process does not run, or opens its store.
  case down = "the process is down"
}
