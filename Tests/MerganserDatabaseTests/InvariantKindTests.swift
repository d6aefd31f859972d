import Foundation
import MerganserTypes
import Testing
@testable import MerganserDatabase
@testable import MerganserModel

/// What each kind of invariant answers for itself, asked of all in the list.
@Suite struct InvariantKindTests {
  /// Tables for an invariant of each kind.
  private struct Tables: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let counters = Table<String, PNCounter>("counters")
    let totals = Table<String, PNCounter>("totals")
    let notes = Table<Int, LWWRegister<String>>("notes")
    let tickets = Table<Path<ReplicaID, Int>, GSet<Int>>("tickets")
    let children = Table<Path<Int, Int>, GSet<Int>>("children")
  }

  /// Each kind, in each of its forms.
  private static let examples: [any KeptInvariant] = {
    let tables = Tables()
    let deletions: [ForeignKey.Deletion] = [.cascade, .restrict, .touch]
    return [
      Bounds(tables.accounts, in: 0...), Bounds(tables.accounts, in: -5...5),
      Check("short", on: tables.notes) { _, note in note.count < 10 },
      Custom("any", over: [tables.notes, tables.counters]) { _ in true },
      Limit("low", on: tables.counters, atLeast: 0), Limit("high", on: tables.counters, atMost: 9),
      NoOverlap("apart", on: tables.notes) { key, _ in
        (resource: "r", from: Int64(key), to: Int64(key) + 1)
      },
      NoOverlap("let", on: tables.notes, by: .owner(.founder)) { key, _ in
        (resource: "r", from: Int64(key), to: Int64(key) + 1)
      },
      NoOverlap("void", on: tables.notes, by: .voiding) { key, _ in
        (resource: "r", from: Int64(key), to: Int64(key) + 1)
      },
      Ordered("together", on: tables.notes, tables.counters, in: "group"),
      Limit("low", on: tables.counters, atLeast: 0, by: .order("group")),
      Quota("few", atMost: 3, of: tables.notes) { _, note in note },
      Quota("some", atLeast: 1, of: tables.notes, in: tables.counters, by: .owner(.founder)) {
        key in "\(key)"
      },
      Sequential("numbers", on: tables.notes),
      SumOf("sum", of: tables.counters, in: tables.totals) { $0 },
      SumOf("books", balancing: tables.counters),
      Unique("differ", on: tables.notes) { _, note in note },
      Unique("given", on: tables.notes, by: .owner(.founder)) { _, note in note },
      Unique("lost", on: tables.notes, by: .voiding) { _, note in note },
      Unique("made", generated: tables.tickets),
    ] + deletions.map { ForeignKey("below", from: tables.children, to: tables.notes, onDelete: $0) }
  }()

  @Test func everyKindIsInTheListOnceAndHasAnExample() throws {
    var names: [String] = []
    for kind in invariantKinds { names.append(kind.kind) }
    #expect(Set(names).count == names.count)
    var shown: Set<String> = []
    for example in Self.examples { shown.insert(type(of: example).kind) }
    #expect(shown.subtracting(names) == [], "to be added to invariantKinds")
    #expect(Set(names).subtracting(shown) == [], "to be added to the examples of this file")
    // Each file has one kind, and no kind is forgotten.
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/MerganserModel/Invariants/Kinds")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    let found = Set(files.map { $0.deletingPathExtension().lastPathComponent })
    #expect(found.subtracting(names) == [], "to be added to invariantKinds")
  }

  /// A kind that is not in the list is refused where a schema is declared with it, and not only where others read it.
  @Test func aKindThatIsNotInTheListIsNotDeclared() throws {
    struct Unlisted: KeptInvariant {
      let kept: Check
      static var kind: String { "Unlisted" }
      static func traits(of parameters: [String]) -> InvariantTraits? {
        Check.traits(of: parameters)
      }
      static func described(
        _ name: String, parameters: [String], among tables: [String: any AnyTable]
      ) -> (any KeptInvariant)? { nil }
      func needs() throws(SchemaError) -> InvariantNeeds { kept.needs() }
      func check(_ footprint: Footprint, at place: InvariantPlace) throws {
        try kept.check(footprint, at: place)
      }
      func obstacle(
        to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?,
        from version: ReceivedVersion
      ) throws(StorageError) -> VersionObstacle? {
        kept.obstacle(to: write, here: here, from: version)
      }
      func forEachViolation(
        in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
      ) throws { try kept.forEachViolation(in: state, at: place, body: body) }
      var name: String { kept.name }
      var description: SchemaDescription.Invariant {
        SchemaDescription.Invariant(
          kind: Self.kind, name: name, parameters: kept.description.parameters)
      }
    }
    struct Notes: Schema {
      let notes = Table<Int, LWWRegister<String>>("notes")
      var invariants: [any Invariant] {
        Unlisted(kept: Check("short", on: notes) { _, note in note.count < 10 })
      }
    }
    #expect(throws: SchemaError.self) { try Catalog(Notes()) }
  }

  /// What an invariant says in code and what its description says are the same.
  @Test(arguments: examples.indices) func codeAndDescriptionAgree(_ place: Int) throws {
    let example = Self.examples[place]
    let (invariant, needs) = (example.description, try example.needs())
    #expect(invariant.name == example.name && invariant.group == example.group)
    let traits: InvariantTraits
    if example.group == nil {
      #expect(invariant.kind == type(of: example).kind)
      traits = try #require(type(of: example).traits(of: invariant.parameters))
    } else {
      // What is kept by an order is described by that, and by what is kept.
      #expect(invariant.parameters.dropFirst().first == type(of: example).kind)
      traits = invariant.traits
    }
    #expect(invariant.isUnderstood && invariant.traits.tables == traits.tables)
    #expect(Set(traits.tables) == Set(needs.tables.map(\.name)))
    #expect(traits.storesIndex == (needs.index != nil))
    #expect((traits.growth == .byCheckingRows) == (needs.row != nil))
    for some in [traits.governs, traits.decides, traits.cannotLose] {
      #expect(Set(some).isSubset(of: traits.tables))
    }
    #expect(!traits.remedy.isEmpty && !traits.summary.isEmpty)
    // What decides what rows hold can be told by whoever has the description.
    let tables = Dictionary(
      try Catalog(Tables()).tables.map { ($0.name, $0 as any AnyTable) },
      uniquingKeysWith: { one, _ in one })
    let described = invariant.described(among: tables)
    #expect((described == nil) == traits.isCode)
    if let described { #expect(described.description == invariant) }
    if traits.isCode { #expect(traits.decides.isEmpty) }
    // Its tables are looked for, and so are its parameters.
    #expect(invariant.described(among: [:]) == nil)
    let odd = SchemaDescription.Invariant(
      kind: invariant.kind, name: invariant.name,
      parameters: invariant.parameters + ["odd", "odd", "odd"])
    #expect(odd.isUnderstood == (example is Custom || example is Ordered))
  }

  /// Every kind of write under every invariant has a theorem or none: never two that disagree of the same programs.
  ///
  /// One of fewer programs stands before one of all.
  @Test(arguments: examples.indices) func theoremsDoNotContradictEachOther(_ place: Int) throws {
    let traits = Self.examples[place].description.traits
    for table in traits.tables {
      for write in WriteKind.allCases {
        let found = traits.theory.theorems.filter {
          $0.writes.contains(write) && ($0.table == nil || $0.table == table)
        }
        for (absent, same) in Dictionary(grouping: found, by: \.absent) {
          #expect(Set(same.map(\.isConfluent)).count <= 1, "\(write) \(table) without \(absent)")
        }
        let isOfAll = found.map(\.absent.isEmpty)
        #expect(isOfAll == isOfAll.sorted { !$0 && $1 }, "\(write) \(table)")
        #expect(found.allSatisfy { !$0.absent.contains(write) }, "\(write) \(table)")
      }
    }
    for theorem in traits.theory.theorems {
      #expect(!theorem.writes.isEmpty && !theorem.reference.isEmpty)
      #expect(theorem.table.map(traits.tables.contains) ?? true)
    }
  }

  /// An invariant that nobody knows may be broken by anything.
  @Test func whatIsNotKnownIsUnsafe() throws {
    let unknown = SchemaDescription.Invariant(
      kind: "Nothing", name: "n", parameters: ["notes", "tickets"])
    let traits = unknown.traits
    #expect(!unknown.isUnderstood)
    for some in [traits.tables, traits.governs, traits.decides, traits.cannotLose] {
      #expect(some == ["notes", "tickets"])
    }
    #expect(traits.growth == .onlyWithItsTables && traits.storesIndex)
    #expect(
      traits.theory.theorems.isEmpty && traits.theory.closure == nil && traits.theory.restsOnOwners)
    // A tool leaves its tables out, as their rows may follow from it.
    var description = try Catalog(Tables()).description
    description.invariants = [unknown]
    let tool = try Catalog(describing: description)
    #expect(tool.number(of: "notes") == nil && tool.number(of: "tickets") == nil)
    #expect(tool.number(of: "counters") != nil)
    // A program that has some of the tables does not go on under such a schema.
    struct Counters: Schema { let counters = Table<String, PNCounter>("counters") }
    let found = #expect(throws: SchemaError.self) {
      try Catalog(Counters()).extended(to: description)
    }
    #expect("\(try #require(found))".contains("Nothing"))
  }
}
