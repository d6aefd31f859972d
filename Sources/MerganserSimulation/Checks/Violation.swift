/// A guarantee that did not hold in a simulation.
struct Violation: Error, Equatable {
  /// What was promised.
  let guarantee: SimulatedGuarantee
  /// Where, and what was seen.
  let evidence: String
}
