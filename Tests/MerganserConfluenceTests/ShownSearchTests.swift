import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Programs whose histories are too many for an exact search, and what the search over what is shown says of them.
@Suite struct ShownSearchTests {
  private struct Plain<Value: Replicated>: Schema {
    let rows = Table<String, Value>("rows")
    let name: String
    let holds: @Sendable (Value?) -> Bool

    var invariants: [any Invariant] {
      let (rows, holds) = (rows, holds)
      Custom(name, over: [rows]) { holds(try $0[rows, "a"]) }
    }
  }

  private func grounds<Value: Replicated>(
    _: Value.Type, holds: @escaping @Sendable (Value?) -> Bool,
    start: @escaping @Sendable (Item<String, Value>) throws -> Void = { _ in },
    writes: [@Sendable (Item<String, Value>) throws -> Void]
  ) throws -> Verdict {
    let schema = Plain<Value>(name: "it holds", holds: holds)
    let workload = try Workload(
      "plain", of: schema, start: { try start($0[schema.rows, "a"]) }
    ) {
      for (number, write) in writes.enumerated() {
        DeclaredTransaction("write \(number)") { try write($0[schema.rows, "a"]) }
      }
    }
    let analysis = try Analysis(workload)
    #expect(analysis.contradictions.isEmpty)
    #expect(analysis.vacuous.isEmpty)
    return analysis.verdicts[0].verdict
  }

  /// A row that any replica may create: there are a hundred thousand histories, and two things to see.
  @Test func aRowThatAnyReplicaMayCreate() throws {
    let register = try grounds(
      LWWRegister<Int>.self, holds: { $0?.value ?? 1 == 1 }, writes: [{ try $0.set(1) }])
    #expect(register.isForAnyNumber, "\(register)")
    let flag = try grounds(
      EnableWinsFlag.self, holds: { $0?.isEnabled ?? true }, writes: [{ try $0.enable() }])
    #expect(flag.isForAnyNumber, "\(flag)")
    let set = try grounds(
      GSet<Int>.self, holds: { $0?.elements.allSatisfy { $0 < 3 } ?? true },
      writes: [{ try $0.insert(1) }, { try $0.insert(2) }])
    #expect(set.isForAnyNumber, "\(set)")
  }

  /// Rows that come and go: what a merge shows hangs on creations that nobody sees.
  @Test func aRowThatIsDeletedAndCreatedAgain() throws {
    let verdict = try grounds(
      ORSet<Int>.self, holds: { $0?.allSatisfy { $0 < 3 } ?? true },
      writes: [
        { try $0.insert(1) }, { try $0.insert(2) }, { if try $0.exists { try $0.delete() } },
      ])
    #expect(verdict.isForAnyNumber, "\(verdict)")
  }

  /// What three can do together and no two.
  @Test func whatIsSaidIsSaidOfSoManyReplicas() throws {
    struct Register: Schema {
      let people = Table<String, GSet<ReplicaID>>("people")
      let most: Int
      var invariants: [any Invariant] {
        let (people, most) = (people, most)
        Custom("at most \(most) are registered", over: [people]) {
          try $0[people, "a"]?.count ?? 0 <= most
        }
      }
    }
    for most in [2, 3] {
      let schema = Register(most: most)
      let workload = try Workload("register", of: schema) {
        DeclaredTransaction("register") { tx in
          try tx[schema.people, "a"].insert(tx.replica)
        }
      }
      let verdict = try Analysis(workload).verdicts[0].verdict
      #expect(verdict.isConfluent == (most == 3), "\(verdict)")
      // Three replicas have three names: of a fourth nothing is said.
      #expect(!verdict.isForAnyNumber, "\(verdict)")
    }
  }

  /// A transaction that tells apart states which show the same is not searched so.
  @Test func whatIsHiddenIsNoticed() throws {
    let verdict = try grounds(
      LWWRegister<Int>.self, holds: { $0?.value ?? 0 < 9 }, start: { try $0.set(0) },
      writes: [
        { row in
          // Who wrote last decides what is written next.
          let last = try row.value?.replica
          try row.set(last == Workload.replicas[0] ? 1 : 2)
        }
      ])
    guard case .confluent(let grounds) = verdict else { return }
    for ground in grounds {
      if case .shown = ground { Issue.record("\(ground)") }
    }
  }
}

extension Verdict {
  /// Whether it is known to be confluent for any number of replicas.
  fileprivate var isForAnyNumber: Bool {
    guard case .confluent(let grounds) = self else { return false }
    return grounds.contains { if case .shown(_, replicas: nil) = $0 { true } else { false } }
  }
}
