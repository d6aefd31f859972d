import Merganser

struct Bank: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
  }
}

/// What ``Bank`` grew to: tables, with invariants about these.
struct NewerBank: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")
  let notes = Table<String, LWWRegister<String>>("notes")
  let tags = Table<Path<String, Int>, ORSet<String>>("tags")
  let points = Table<String, EscrowCounter>("points")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)
    ForeignKey("a note's account exists", from: notes, to: accounts, onDelete: .cascade)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    ForeignKey("a tag's note exists", from: tags, to: notes, onDelete: .cascade)
    Check("notes are short", on: notes) { _, note in note.count < 20 }
    Unique("notes differ", on: notes) { _, note in note }
    Bounds(points, in: 0...)
  }
}

/// A schema of the given tables and invariants; the tables are those of ``Bank`` and others.
struct Growing: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")
  let notes = Table<String, LWWRegister<String>>("notes")
  var shortest = 0
  var limitsNotes = false
  var limitsOwners = false

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0...)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    ForeignKey("a note's account exists", from: notes, to: accounts, onDelete: .cascade)
    if shortest > 0 {
      Check("an owner's name is long enough", on: owners) { _, name in name.count >= shortest }
    }
    if limitsNotes {
      Unique("notes differ", on: notes) { _, note in note }
    }
    if limitsOwners {
      Unique("owners differ", on: owners) { _, owner in owner }
    }
  }
}
