@testable import MerganserConfluence
import MerganserExamples
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A search that takes exchanged replicas and reordered moves for one finds what a search finds that
/// does not.
@Suite struct ReductionTests {
  /// Searches with and without reductions, and compares what they say; returns how many configurations
  /// each visited, where both came to an end.
  private func compare(
    _ workload: Workload, replicas: Int, configurations: Int
  ) throws -> (reduced: Exploration, full: Exploration)? {
    var budget = Budget(replicas: replicas, configurations: configurations)
    budget.variesNames = false
    let reduced = try Explorer.explore(workload, within: budget)
    budget.isReduced = false
    let full = try Explorer.explore(workload, within: budget)
    #expect(full.symmetries == 1)
    if case .bounded = full.ending {
      Exercised.count("a workload beyond the bound")
      return nil
    }
    Exercised.count("a workload whose search is compared")
    #expect(reduced.ending == full.ending)
    #expect(reduced.counterexamples.first?.steps.count == full.counterexamples.first?.steps.count)
    #expect(
      reduced.counterexamples.first?.violation.invariant
        == full.counterexamples.first?.violation.invariant)
    #expect(reduced.effects == full.effects || full.ending != .closed)
    #expect(reduced.vacuous == full.vacuous || full.ending != .closed)
    #expect(reduced.depth == full.depth || full.ending != .closed)
    if full.ending == .closed {
      #expect(reduced.configurations <= full.configurations)
      #expect(full.configurations <= reduced.configurations * reduced.symmetries)
      #expect(reduced.moves <= full.moves)
    }
    return (reduced, full)
  }

  @Test(
    .exercises([
      "a workload beyond the bound": 10,
      "a workload whose search is compared": 20,
    ]), arguments: try ConfluenceCase.all().filter { $0.number <= 35 })
  func casesAreDecidedAlike(_ one: ConfluenceCase) throws {
    for replicas in 2...3 {
      _ = try compare(one.workload, replicas: replicas, configurations: 1000)
    }
  }

  @Test func reductionsReduce() throws {
    let one = try #require(try ConfluenceCase.all().first { $0.number == 10 })
    let found = try #require(try compare(one.workload, replicas: 3, configurations: 5000))
    #expect(found.full.ending == .closed)
    // All but the founder are alike there, and some moves are made in one order only.
    #expect(found.reduced.symmetries == 2)
    #expect(found.reduced.configurations * 19 < found.full.configurations * 10)
    #expect(found.reduced.moves * 2 < found.full.moves)
  }

  @Test func identitiesThatAreComparedAreNotExchanged() throws {
    struct Log: Schema { let rows = Table<Int, GSet<Int>>("rows") }
    let rows = Log().rows
    func symmetries(_ writes: @escaping @Sendable (ReplicaID) -> Bool) throws -> Int {
      let write = DeclaredTransaction<Void>("write") { tx in
        if writes(tx.replica) { try tx[rows, 1].insert(1) }
      }
      let workload = try Workload("identities", of: Log()) { write }
      let found = try Explorer.explore(workload, within: Budget(replicas: 3))
      return found.symmetries
    }
    #expect(try symmetries { _ in true } == 6)
    #expect(try symmetries { $0 == Workload.replicas[0] } == 2)
    #expect(try symmetries { $0 == Workload.replicas[1] } == 1)
  }

  private struct Random: Schema {
    let registers = Table<Int, LWWRegister<Int>>("registers")
    let counters = Table<Int, PNCounter>("counters")
    let sets = Table<Int, ORSet<Int>>("sets")
    let children = Table<Path<Int, Int>, LWWRegister<Int>>("children")
    let condition: Int
    let deletion: ForeignKey.Deletion

    var invariants: [any Invariant] {
      let (registers, counters, sets, condition) = (registers, counters, sets, condition)
      ForeignKey("a child's register", from: children, to: registers, onDelete: deletion)
      Custom("a condition", over: [registers, counters, sets]) { snapshot in
        let one = try snapshot[registers, 1]?.value ?? 0
        let two = try snapshot[registers, 2]?.value ?? 0
        let count = try snapshot[counters, 1]?.value ?? 0
        let set = try snapshot[sets, 1].map { $0.sorted() } ?? []
        return switch condition {
        case 0: one == two || count > 0
        case 1: set.count <= 1
        case 2: count <= 2
        case 3: !set.contains(one)
        case 4: set.count >= Int(count)
        default: one <= 2
        }
      }
    }

    /// By condition: kinds of writes that it is about.
    static let relevant: [[UInt64]] = [
      [0, 1, 4, 5], [6, 6, 6, 7], [4, 4, 4, 8], [0, 1, 6, 6], [4, 6, 7, 7], [0, 1, 3, 9],
    ]

    /// A transaction of a few random writes, some under a condition on what it reads.
    func transaction(_ name: String, dice: inout SplitMix) -> DeclaredTransaction<Void> {
      let steps = (0..<Int(dice.next() % 3 + 1)).map { _ -> (UInt64, Int, UInt64) in
        let some = Self.relevant[condition]
        let kind = dice.next() % 2 == 0 ? some[Int(dice.next() % 4)] : dice.next() % 11
        return (kind, Int(dice.next() % 2 + 1), dice.next() % 4)
      }
      return DeclaredTransaction(name) { tx in
        for (kind, key, guarding) in steps {
          if guarding == 0, try tx[registers, key].exists { continue }
          if guarding == 1, try tx[sets, 1].value?.contains(key) == true { continue }
          switch kind {
          case 0: try tx[registers, key].set(1)
          case 1: try tx[registers, key].set(3 - key)
          case 2: try tx[registers, key].delete()
          case 3: try tx[registers, key].touch()
          case 4: try tx[counters, 1].increment()
          case 5: try tx[counters, 1].decrement()
          case 6: try tx[sets, 1].insert(key)
          case 7: try tx[sets, 1].remove(key)
          case 8: try tx[registers, key].create()
          case 9: try tx[children, Path(key, child: 1)].create()
          default: try tx[children, Path(key, child: 1)].delete()
          }
        }
      }
    }
  }

  @Test(
    .exercises([
      "a start that breaks an invariant": 1,
      "a workload beyond the bound": 9,
      "a workload that is refuted": 3,
      "a workload whose search is compared": 10,
      "a workload with symmetries": 10,
    ])
  )
  func randomWorkloadsAreDecidedAlike() throws {
    for seed in 0..<60 {
      var dice = SplitMix(seed: UInt64(seed))
      let schema = Random(
        condition: Int(dice.next() % 6), deletion: [.cascade, .restrict, .touch][seed % 3])
      let transactions = (0..<Int(dice.next() % 2 + 1)).map {
        schema.transaction("t\($0)", dice: &dice).placed(
          [.everywhere, .everywhere, .everywhere, .ordered][Int(dice.next() % 4)])
      }
      let workload = try Workload("seed \(seed)", of: schema) { tx in
        if seed % 2 == 0 { try tx[schema.registers, 1].set(1) }
      } transactions: {
        transactions
      }
      do {
        guard let found = try compare(workload, replicas: 2 + seed % 2, configurations: 500) else {
          continue
        }
        if found.full.ending == .refuted { Exercised.count("a workload that is refuted") }
        if found.reduced.symmetries > 1 { Exercised.count("a workload with symmetries") }
      } catch is InvariantViolation {
        Exercised.count("a start that breaks an invariant")
      }
    }
  }
}
