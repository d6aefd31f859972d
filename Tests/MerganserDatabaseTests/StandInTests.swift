import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// A schema that others describe is tried with stand-ins for its types, of which there are few, before any of its
/// own types is made.
@Suite struct StandInTests {
  private typealias Described = SchemaDescription.Table
  private typealias Invariant = SchemaDescription.Invariant

  /// Whatever names are made of others, they come to these types again.
  @Test func whatIsMadeOfStandInsHasAStandIn() {
    let standIns = Array(KnownTypes.standIns.values)
    var count = 0
    for base in KnownTypes.all {
      for first in standIns {
        for arguments in [[first]] + standIns.map({ [first, $0] }) {
          guard let made = base.applied(to: TypeArguments(arguments)) else { continue }
          count += 1
          #expect(KnownTypes.standIns[TypeUses(of: made)] != nil, "\(made)")
        }
      }
    }
    #expect(standIns.count < 16 && count > 50, "\(standIns.count) \(count)")
  }

  /// A stand-in is there exactly where the table is, and there are few of them.
  @Test func aTableIsKnownIfItHasAStandIn() {
    var generator = SplitMix(seed: 7)
    func name(_ depth: Int) -> String {
      let known = KnownTypes.all.randomElement(using: &generator)?.typeName ?? ""
      let base = known.prefix { $0 != "<" }
      if Int.random(in: 0..<60, using: &generator) == 0 { return "Nobody" }
      // Often as many arguments as the type has.
      let own = base == known ? 0 : known.contains(", ") ? 2 : 1
      let count =
        Int.random(in: 0..<12, using: &generator) == 0
        ? Int.random(in: 0...3, using: &generator) : own
      if count == 0 || depth == 0 { return count == own ? String(base) : "Int" }
      let arguments = (0..<count).map { _ in name(depth - 1) }
      return base + "<" + arguments.joined(separator: ", ") + ">"
    }
    var (known, unknown, standIns) = (0, 0, Set<ObjectIdentifier>())
    for _ in 0..<20_000 {
      let key = ["String", "Int", name(2)].randomElement(using: &generator) ?? ""
      let described = Described(name: "t", key: key, value: name(3))
      let standIn = KnownTypes.standIn(for: described)
      #expect(
        (standIn == nil) == (KnownTypes.table(described) == nil), "\(described)")
      if let standIn { standIns.insert(ObjectIdentifier(type(of: standIn))) }
      if standIn == nil { unknown += 1 } else { known += 1 }
    }
    #expect(known > 1000 && unknown > 1000, "\(known) \(unknown)")
    #expect(standIns.count < 300, "\(standIns.count)")
  }

  /// Whatever a schema is refused for, none of its types was made.
  @Test func ofASchemaThatIsRefusedNoTypeIsMade() throws {
    let bank = try Catalog(Bank())
    let leaves = ["Int", "String", "Bool", "UInt64", "Int64", "UInt32", "ReplicaID"]
    let tables = (0..<343).map { number in
      let key = ["Int", "String", "UInt64"][number % 3]
      let (a, b) = (leaves[number % 49 / 7], leaves[number / 49])
      return Described(name: "t\(number)", key: key, value: "ORMap<\(a), ORSet<\(b)>>")
    }
    func made(_ more: [Described], invariants: [Invariant] = []) -> (
      count: Int, error: SchemaError?
    ) {
      let own = bank.description
      var count = 0
      do {
        _ = try bank.extended(
          to: SchemaDescription(
            tables: own.tables + tables + more, invariants: own.invariants + invariants)
        ) { described in
          count += 1
          return KnownTypes.table(described)
        }
        return (count, nil)
      } catch { return (count, error) }
    }
    #expect(made([]).count == 343 && made([]).error == nil, "\(made([]))")
    let circle = [("t1", "t8"), ("t8", "t1")].map { child, parent in
      Invariant(kind: "ForeignKey", name: child, parameters: [child, parent, "cascade", "sameKey"])
    }
    for (more, invariants) in [
      ([Described(name: "u", key: "Int", value: "Nobody")], []),
      ([Described(name: "u", key: "Int", value: "ORMap<Int, Nobody>")], []),
      ([Described(name: "u", key: "Int", value: "ORMap<Int, Int>")], []),
      ([Described(name: "u", key: "ORSet<Int>", value: "GCounter")], []),
      ([Described(name: "u", key: "Int", value: "GCounter", layouts: ["GCounter": "x"])], []),
      ([Described(name: "a\0", key: "Int", value: "GCounter")], []),
      ([tables[0]], []),
      ([], circle), ([], [Invariant(kind: "Bounds", name: "b", parameters: ["t1", "0", ""])]),
      ([], [Invariant(kind: "ForeignKey", name: "f", parameters: ["t1"])]),
    ] as [([Described], [Invariant])] {
      let (count, error) = made(more, invariants: invariants)
      #expect(count == 0 && error != nil, "\(more) \(invariants): \(count) were made")
    }
  }

  /// What a table's types are made of is bounded.
  @Test func theTypesOfATableAreBounded() throws {
    func schema(_ count: Int) -> SchemaDescription {
      let types = Array(repeating: "Int", count: count - 2).joined(separator: ", ")
      return SchemaDescription(
        tables: [Described(name: "t", key: "Int", value: "Odd<\(types)>")], invariants: [])
    }
    let own = try Catalog(Bank()).description
    let reason = "it has 65 types in a table, and at most 64 are taken"
    #expect(throws: ReplicationError.malformedSchema(reason: reason)) {
      try own.later(schema(65))
    }
    #expect(schema(64).excess == nil)
  }
}
