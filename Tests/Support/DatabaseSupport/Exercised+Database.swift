package import MerganserDatabase
import MerganserModel
package import TestSupport

extension Exercised {
  /// Counts an error by its kind: the invariant that speaks, or the name of the case.
  package static func count(refusal error: any Error) {
    switch error {
    case let violation as InvariantViolation: count("violates \(violation.invariant)")
    case TransactionError.needsCoordination(let invariant, _, _):
      count("needs coordination for \(invariant)")
    default: count(Mirror(reflecting: error).children.first?.label ?? "\(error)")
    }
  }

  /// Counts the rows of a state that stand in several incarnations, as they were created apart.
  package static func countIncarnations(in snapshot: Snapshot) throws {
    for table in snapshot.state.tables {
      var keys = try table.keys()
      while let key = try keys.next() {
        if try table.incarnations(of: key).count > 1 { count("a row in several incarnations") }
      }
    }
  }
}
