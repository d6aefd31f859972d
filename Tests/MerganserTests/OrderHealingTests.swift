import Merganser
import MerganserConfluence
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// What ran in an order on a branch that is not kept runs again in the order of the branch that is.
@Suite struct OrderHealingTests {
  private struct Journal: TransactionSchema {
    let lines = Table<Int, LWWRegister<String>>("lines")
    let notes = Table<Int, LWWRegister<String>>("notes")

    var invariants: [any Invariant] { Check("a line has text", on: lines) { $1 != "" } }

    var transactions: [AnyDeclaredTransaction] { append.placed(.ordered) }

    /// Writes the next line: its place is right in one order alone, and no invariant says so.
    var append: DeclaredTransaction<String> {
      DeclaredTransaction("append", over: ["a"]) { tx, text in
        var place = 1
        while try tx[lines, place].value != nil { place += 1 }
        try tx[lines, place].set(text)
        tx.answer(place)
      }
    }
  }

  private let journal = Journal()

  @Test func whatWasOrderedOnTheBranchThatIsLeftRunsInTheOrderThatGoesOn() async throws {
    let folder = try TemporaryFolder()
    let plan = try Planning(Analysis(Workload(of: journal))).plan
    let running = Running(by: plan)
    let kept = try Replica(journal, running: running)
    let receipt = try await kept.submit(journal.append, "first")
    let id = kept.id
    // The founder's store as it was then, which goes on apart under the same identity.
    let store = try LogStore.create(
      at: folder.path(of: "left"),
      identity: StoreIdentity(
        replica: id, founder: id, schema: try Catalog(journal).description))
    var merge = try CausalMerge(try kept.log(), beyond: VersionVector())
    var vector = VersionVector()
    while let version = try merge.next(after: vector) {
      try store.append([version.stored])
      vector[version.origin] = version.sequences.upperBound
    }
    try store.close()
    let left = try await Replica.open(journal, at: folder.path(of: "left"), running: running)
    #expect(try left.receipt(of: receipt.request).state == receipt.state)
    let apart = try await left.submit(journal.append, "left")
    #expect(try await apart.outcome(within: .seconds(60)).result(as: Int.self) == 2)
    try await left.write { try $0[journal.notes, 1].set("a note") }
    try await left.close()
    let other = try Replica(journal, joining: id, running: running)
    try await kept.submit(journal.append, "kept")
    try await kept.sync(with: other)

    let report = try await Replica.heal(
      journal, at: folder.path(of: "left"), into: folder.path(of: "new"), from: other,
      running: running)
    #expect(report.refused.map(\.request) == [apart.request])
    #expect(report.refused.first?.reason.contains("ran in the order") == true)
    // The new store is the founder's heir, and orders.
    let healed = try await Replica.open(journal, at: folder.path(of: "new"), running: running)
    let outcome = try await healed.receipt(of: apart.request).outcome(within: .seconds(60))
    #expect(try outcome.result(as: Int.self) == 3)
    let lines = try (1...4).map { try healed.snapshot[journal.lines, $0]?.value }
    #expect(lines == ["first", "kept", "left", nil])
    #expect(try healed.snapshot[journal.notes, 1]?.value == "a note")
    try await healed.close()
  }
}
