/// What a simulation checks after every step, on every replica, and at the end.
public enum SimulatedGuarantee: String, CaseIterable, Hashable, Sendable {
  /// The schema's invariants hold.
  case invariants = "every declared invariant holds"
  /// What a replica acknowledged is there after a crash, and everywhere in the end.
  case durability = "no acknowledged write is lost"
  /// Replicas that hold the same versions show the same.
  case determinism = "the same versions come to the same state"
  /// What was removed stays so.
  case removal = "no removed row or element comes back"
  /// Versions show as a whole.
  case atomicity = "a version shows as a whole or not at all"
  /// A version shows with all that it depends on.
  case causality = "a version shows with all that it depends on"
  /// A client finds what it has seen, and writes behind it.
  case sessions = "a client finds what it has seen, wherever it goes on"
  /// What comes after something is later.
  case times = "a version is later than all that it depends on"
  /// Whoever knows of a request does not run it again.
  case requests = "a request is not run again by who knows of it"
  /// What is decided in the order stays so.
  case decisions = "what is decided in the order stays decided"
  /// What is submitted to the order is decided once faults stop.
  case decided = "every request is decided once faults stop"
  /// What clients see of an order's registers is what one object alone would have shown them.
  case linearizability = "claims, compare-and-set and ordered reads are linearizable"
  /// What a replica shows of an order is a beginning of it, and never less than before.
  case views = "each replica shows a beginning of one order, and never goes back"
  /// An identity writes one history.
  case identity = "one identity has one history"
  /// No right is lost or made.
  case rights = "rights are neither lost nor made"
  /// What waits, and what is kept, has bounds.
  case bounds = "what waits and what is kept has bounds"
  /// Every call is answered.
  case answers = "every call is answered"
  /// When faults stop, replicas become equal.
  case convergence = "replicas become equal once faults stop"
  /// A disk gives back what it holds.
  case recovery = "a store opens again to the same state"
  /// A schedule that is run again has events alone.
  case schedule = "each line of a schedule is an event"
  /// What the simulation's user checks.
  case custom = "what the test checks holds"
}
