import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// By its name an invariant is known to other programs, and one in code by nothing else: no two have one name.
@Suite struct InvariantNameTests {
  private let notes = Table<Int, LWWRegister<String>>("notes")
  private let seats = Table<Int, PNCounter>("seats")
  private let names = Table<Int, LWWRegister<String>>("names")

  private func check(_ name: String) -> any Invariant {
    Check(name, on: notes) { _, note in note.count <= 40 }
  }

  @Test func twoInvariantsOfOneNameAreRefused() {
    let pairs: [[any Invariant]] = [
      [check("short"), check("short")],
      [check("short"), Check("short", on: names) { _, _ in true }],
      [Limit("short", on: seats, atLeast: 0), check("short")],
      [check("short"), Unique("short", on: notes, by: .owner(.founder)) { _, note in note }],
      // One text in two spellings.
      [check("caf\u{E9}"), check("cafe\u{301}")],
    ]
    for pair in pairs {
      let error = #expect(throws: SchemaError.self) {
        try Catalog(tables: [notes, names, seats], invariants: pair)
      }
      #expect(
        error
          == .invalidInvariant(pair[1].name, reason: "two invariants have this name; rename one"))
    }
    #expect(throws: Never.self) {
      try Catalog(tables: [notes, names, seats], invariants: [check("short"), check("shorter")])
    }
  }
}
