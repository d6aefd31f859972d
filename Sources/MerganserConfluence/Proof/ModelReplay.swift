import MerganserModel
import MerganserTypes

/// Brings two databases into the states that a solver's model names, and lets them meet.
enum ModelReplay {
  private struct Counters: Schema {
    let counters = Table<String, PNCounter>("counters")
    let limit: Int64
    let isLower: Bool

    var invariants: [any Invariant] {
      if isLower {
        Limit("limit", on: counters, atLeast: limit)
      } else {
        Limit("limit", on: counters, atMost: limit)
      }
    }
  }

  private struct Places: Schema {
    let places = Table<Int, LWWRegister<Int64>>("places")

    var invariants: [any Invariant] {
      NoOverlap("apart", on: places) { _, place in (resource: "one", from: place, to: (place + 1)) }
    }
  }

  private struct Family: Schema {
    let parents = Table<String, GSet<Int>>("parents")
    let children = Table<String, GSet<Int>>("children")

    var invariants: [any Invariant] {
      ForeignKey("parent", from: children, to: parents, onDelete: .restrict)
    }
  }

  /// A counter at `start` that two replicas change.
  static func counts(
    _ start: Int64, one: Int64, other: Int64, limit: Int64, isLower: Bool
  ) throws -> Bool {
    let schema = Counters(limit: limit, isLower: isLower)
    func change(_ amount: Int64) -> @Sendable (borrowing Transaction) throws -> Void {
      { tx in
        let counter = try tx[schema.counters, "c"]
        if amount < 0 {
          try counter.decrement(by: -amount)
        } else {
          try counter.increment(by: amount)
        }
      }
    }
    return try isViolated(schema, start: change(start), one: change(one), other: change(other))
  }

  /// Two rows that two replicas place.
  static func takes(_ one: Int64, and other: Int64) throws -> Bool {
    let schema = Places()
    return try isViolated(
      schema, start: { _ in }, one: { try $0[schema.places, 1].set(one) },
      other: { try $0[schema.places, 2].set(other) })
  }

  /// A parent that is there at first, and what each side has of it and its child in the end.
  static func refers(
    parents: (Int64?, Int64?), children: (Int64?, Int64?)
  ) throws -> Bool {
    let schema = Family()
    func side(
      parent: Int64?, child: Int64?
    ) -> @Sendable (borrowing Transaction) throws -> Void {
      { tx in
        if parent == 0 { try tx[schema.parents, "a"].delete() }
        if child == 1 { try tx[schema.children, "a"].create() }
      }
    }
    return try isViolated(
      schema, start: { try $0[schema.parents, "a"].create() },
      one: side(parent: parents.0, child: children.0),
      other: side(parent: parents.1, child: children.1))
  }

  /// Whether two databases that each keep the invariants break one when they meet.
  private static func isViolated(
    _ schema: some Schema, start: @escaping @Sendable (borrowing Transaction) throws -> Void,
    one: @escaping @Sendable (borrowing Transaction) throws -> Void,
    other: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) throws -> Bool {
    let workload = try Workload("model", of: schema, start: start) {
      DeclaredTransaction("one", body: one)
      DeclaredTransaction("other", body: other)
    }
    let calls = [0, 1].map { StateSpace.Call(transaction: $0, call: 0) }
    let schedule = Schedule(workload: workload, replicas: 2, calls: calls)
    let steps = [Move.call(0, at: 0, slot: 0), .call(1, at: 1, slot: 0), .merge(from: 1, into: 0)]
    return try schedule.violation(after: StateSpaceTrace(moves: steps), breaking: nil) != nil
  }
}
