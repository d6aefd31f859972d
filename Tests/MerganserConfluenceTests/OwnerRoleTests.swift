import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Searches give roles to their own replicas, so that a schema with roles is decided as it stands.
@Suite struct OwnerRoleTests {
  struct Names: TransactionSchema {
    let names = Table<Int, LWWRegister<String>>("names")
    let boats = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("boats")

    var invariants: [any Invariant] {
      Unique("names differ", on: names, by: .owner(.founder)) { _, name in name }
      NoOverlap("trips are apart", on: boats, by: .owner(.creator)) { key, hour in
        (resource: key, from: Int64(hour), to: Int64(hour + 1))
      }
    }

    var transactions: [AnyDeclaredTransaction] {
      DeclaredTransaction("name", over: [1, 2], over: ["ann"]) { tx, key, name in
        try tx[names, key].set(name)
      }
      DeclaredTransaction("sail", over: [1]) { tx, hour in
        try tx[boats, Path(tx.replica, child: 1)].set(hour)
      }
    }
  }

  @Test func rolesAreDecidedAndNothingIsVacuous() throws {
    let analysis = try Analysis(Workload("names", of: Names()))
    #expect(analysis.isConfluent && analysis.vacuous.isEmpty)
    #expect(analysis.counterexamples.isEmpty)
  }

  /// An owner that the program names by its id is among the replicas of a search, so that something commits.
  @Test func anOwnerThatIsNamedTakesPart() throws {
    struct Named: TransactionSchema {
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] {
        Unique("names differ", on: names, by: .owner(.replica(ReplicaID(high: 7, low: 9)))) { $1 }
      }
      var transactions: [AnyDeclaredTransaction] {
        DeclaredTransaction("name", over: [1, 2], over: ["ann"]) { tx, key, name in
          try tx[names, key].set(name)
        }
      }
    }
    let analysis = try Analysis(Workload("named", of: Named()))
    #expect(analysis.isConfluent && analysis.vacuous.isEmpty)
    #expect(try Planning(analysis).plan.entries["name"]?.way == .local)
  }

  /// The same without an owner goes wrong, so that the search can tell.
  @Test func withoutTheRoleItGoesWrong() throws {
    struct Free: TransactionSchema {
      let names = Table<Int, LWWRegister<String>>("names")
      var invariants: [any Invariant] { Unique("names differ", on: names) { $1 } }
      var transactions: [AnyDeclaredTransaction] {
        DeclaredTransaction("name", over: [1, 2], over: ["ann"]) { tx, key, name in
          try tx[names, key].set(name)
        }
      }
    }
    #expect(try !Analysis(Workload("free", of: Free())).isConfluent)
  }
}
