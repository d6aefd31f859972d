import MerganserConfluence
import MerganserModel
import MerganserTypes

private let table2 = "Bailis et al. 2015, Table 2"

// Sets and lists.
extension ConfluenceCase {
  private struct Members: Schema {
    let sets = Table<String, ORSet<String>>("sets")
    let name: String
    let condition: @Sendable ([String]) -> Bool

    init(_ name: String, condition: @escaping @Sendable ([String]) -> Bool) {
      self.name = name
      self.condition = condition
    }

    var invariants: [any Invariant] {
      let sets = sets
      let condition = condition
      Custom(name, over: [sets]) { snapshot in
        condition(try snapshot[sets, "s"].map { $0.sorted() } ?? [])
      }
    }

    func add(_ elements: [String]) -> DeclaredTransaction<String> {
      DeclaredTransaction("add", over: elements) { tx, element in
        try tx[sets, "s"].insert(element)
      }
    }

    func remove(_ elements: [String]) -> DeclaredTransaction<String> {
      DeclaredTransaction("remove", over: elements) { tx, element in
        try tx[sets, "s"].remove(element)
      }
    }

    func starting(with elements: [String]) -> @Sendable (borrowing Transaction) throws -> Void {
      { tx in for element in elements { try tx[sets, "s"].insert(element) } }
    }
  }

  static func collections() throws(SchemaError) -> [ConfluenceCase] {
    let with = Members("k is in the set") { $0.contains("k") }
    let without = Members("k is not in the set") { !$0.contains("k") }
    let single = Members("the set has one element") { $0.count == 1 }
    let head = Members("a comes first") { $0.first == "a" }
    let second = Members("d comes second") { $0.count < 2 || $0[1] == "d" }
    return [
      try ConfluenceCase(
        18, title: "a set contains k", verdict: .closes, source: table2, schema: with,
        start: with.starting(with: ["k"])
      ) {
        with.add(["k", "l"])
        with.remove(["k", "l"])
      },
      try ConfluenceCase(
        19, title: "a set does not contain k", verdict: .closes, source: table2, schema: without,
        start: without.starting(with: ["l"])
      ) {
        without.add(["k", "l"])
        without.remove(["k", "l"])
      },
      try ConfluenceCase(
        20, title: "a set has one element", verdict: .refuted, source: table2, schema: single,
        start: single.starting(with: ["a"])
      ) {
        DeclaredTransaction("replace", over: ["a", "b", "c"]) { tx, element in
          let set = try tx[single.sets, "s"]
          for old in try set.value?.sorted() ?? [] { try set.remove(old) }
          try set.insert(element)
        }
      },
      try ConfluenceCase(
        21, title: "the head of a sorted list", verdict: .closes,
        source: "Bailis et al. 2015, appendix C", schema: head,
        start: head.starting(with: ["a"])
      ) { head.add(["A", "b"]) },
      try ConfluenceCase(
        22, title: "the second of a sorted list", verdict: .refuted,
        source: "Bailis et al. 2015, appendix C", schema: second
      ) { second.add(["a", "b", "c", "e"]) },
    ]
  }
}
