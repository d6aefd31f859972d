import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

@testable import MerganserAttack

/// What an attack reads in a plan's text: that it must be refused, whether or not it would break anything.
@Suite struct PlannedLimitsTests {
  private struct Shop: TransactionSchema {
    let stock = Table<String, PNCounter>("stock")
    let notes = Table<String, LWWRegister<String>>("notes")

    var invariants: [any Invariant] { Limit("no stock below 0", on: stock, atLeast: 0) }

    var transactions: [AnyDeclaredTransaction] {
      DeclaredTransaction("order", over: [1, 2]) { tx, count in
        try tx[stock, "bread"].increment(by: count)
      }
    }
  }

  private func limits(_ entries: [String: Plan.Entry]) throws -> PlannedLimits {
    try PlannedLimits(Plan(fingerprint: 0, entries: entries), of: Shop())
  }

  private func reason(
    _ entry: Plan.Entry?, arguments: [String] = ["1"], isDeclared: Bool = true,
    isTentative: Bool = false, acting: [Int] = [1], seated: [Int] = [0], owner: Int? = nil
  ) throws -> String? {
    try limits(entry.map { ["order": $0] } ?? [:]).reasonToRefuse(
      "order", arguments: arguments, isDeclared: isDeclared, isTentative: isTentative,
      acts: { acting.contains($0) }, seated: seated, owner: { _ in owner })
  }

  private let searched = Plan.Entry(
    way: .local, basis: .search(replicas: 2), invariants: [], arguments: [["1"]])

  @Test func callsThatMustBeRefused() throws {
    let local = Plan.Entry(way: .local, invariants: [])
    #expect(try reason(local) == nil)
    #expect(try reason(local, isDeclared: false) != nil)
    #expect(try reason(nil) != nil)
    let ordered = Plan.Entry(way: .ordered, invariants: [])
    #expect(try reason(ordered) != nil)
    #expect(try reason(ordered, acting: [1, 0]) == nil)
    let owned = Plan.Entry(way: .owned(argument: 0), invariants: [])
    #expect(try reason(owned, owner: 2) != nil)
    #expect(try reason(owned, owner: 1) == nil)
    #expect(try reason(owned, owner: nil) == nil)
    let refused = Plan.Entry(way: .refused, invariants: [])
    #expect(try reason(refused) != nil)
    #expect(try reason(refused, isTentative: true) == nil)
    #expect(try reason(searched) != nil)
    #expect(try reason(searched, seated: [0, 1]) == nil)
    #expect(try reason(searched, arguments: ["2"], seated: [0, 1]) != nil)
    var any = searched
    any.basis = .search(replicas: nil)
    #expect(try reason(any) == nil)
  }

  @Test func whatMayNotChange() async throws {
    let shop = Shop()
    let entry = Plan.Entry(
      way: .local, invariants: [], writes: [Effect(.increment, in: "stock")])
    let limits = try limits(["order": entry])
    let plan = Plan(
      fingerprint: try Catalog(shop).fingerprint, entries: ["order": entry])
    let replica = try Replica(shop, running: Running(by: plan))
    var states = [try limits.shown(by: replica.snapshot)]
    try await replica.write(.localOnly) { tx in try tx[shop.stock, "bread"].increment() }
    states.append(try limits.shown(by: replica.snapshot))
    try await replica.write(.localOnly) { tx in try tx[shop.stock, "bread"].increment() }
    states.append(try limits.shown(by: replica.snapshot))
    try await replica.write(.localOnly) { tx in try tx[shop.stock, "bread"].delete() }
    states.append(try limits.shown(by: replica.snapshot))
    // It came, which the entry does not list; it changed, which it does; it went, which it does not.
    #expect(limits.excess(of: "order", from: states[0], to: states[1]) != nil)
    #expect(limits.excess(of: "order", from: states[1], to: states[2]) == nil)
    #expect(limits.excess(of: "order", from: states[2], to: states[3]) != nil)
    #expect(limits.excessOfPlainWrite(from: states[0], to: states[1]) == nil)
    for basis in [Plan.Basis.search(replicas: 2), .theorems] {
      var keeping = entry
      keeping.basis = basis
      if basis == .theorems { keeping.invariants = ["no stock below 0"] }
      let reserving = try self.limits(["order": keeping])
      #expect(reserving.excessOfPlainWrite(from: states[0], to: states[1]) != nil)
    }
  }
}
