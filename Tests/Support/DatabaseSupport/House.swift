package import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// A schema with a table for each thing that a receiver asks of what others write.
package struct House: Schema {
  package let accounts = Table<String, EscrowCounter>("accounts")
  package let votes = Table<String, PNCounter>("votes")
  package let notes = Table<String, LWWRegister<String>>("notes")
  package let tags = Table<String, ORSet<String>>("tags")
  package let names = Table<Int, LWWRegister<String>>("names")
  package let forms = Table<Path<ReplicaID, Int>, LWWRegister<Int>>("forms")
  package let rooms = Table<String, GSet<Int>>("rooms")
  package let beds = Table<Path<String, Int>, GCounter>("beds")
  /// Whether the invariants stand; without them it is what a program declares that keeps none.
  private let isLawful: Bool

  package init(isLawful: Bool = true) { self.isLawful = isLawful }

  package var invariants: [any Invariant] {
    if isLawful {
      Bounds(accounts, in: 0...1000)
      Check("a note is short", on: notes) { _, note in note.utf8.count < 10 }
      Check("a name is short", on: names) { _, name in name.utf8.count < 10 }
      Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
      Unique("a form is its maker's", generated: forms)
      ForeignKey("a bed has a room", from: beds, to: rooms, onDelete: .cascade)
    }
  }
}

/// The members of a house, of which some keep no invariants.
package protocol HasAHouse: HasMembers {
  var house: House { get }
}

extension HasAHouse {
  package var house: House { House() }

  /// A member whose program keeps no invariants.
  package func lawless(_ number: Int) throws -> Database {
    member(number, under: try Catalog(House(isLawful: false)))
  }
}
