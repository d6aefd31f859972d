import Foundation
import Merganser
import MerganserDatabase

/// What it costs to take in another replica's versions, with all that is asked of them: in memory, one row and one
/// write a version, a hundred versions at a time.
///
/// `KIND` in the environment is the beginning of a kind's name, to profile that one alone.
enum Receiving {
  private struct Tables: Schema {
    let registers = Table<Int, LWWRegister<Int>>("registers")
    let counters = Table<Int, PNCounter>("counters")
    let sets = Table<Int, ORSet<Int>>("sets")
    let accounts = Table<Int, EscrowCounter>("accounts")
    let notes = Table<Int, LWWRegister<Int>>("notes")
    var hasInvariants = true

    var invariants: [any Invariant] {
      if hasInvariants {
        Bounds(accounts, in: 0...)
        Check("a note is a number", on: notes) { _, note in note >= 0 }
      }
    }
  }

  private static let wall = HybridTime(milliseconds: 1_700_000_000_000)
  private static let (sender, receiver) = (
    ReplicaID(high: 1, low: 1), ReplicaID(high: 1, low: 2)
  )

  /// What is written, and its name.
  private static let kinds:
    [(name: String, write: @Sendable (borrowing Transaction, Tables, Int) throws -> Void)] = [
      ("register", { try $0[$1.registers, $2 % 1000].set($2) }),
      ("counter", { try $0[$1.counters, $2 % 1000].increment(by: 1) }),
      ("set", { try $0[$1.sets, $2 % 1000].insert($2) }),
      (
        "account under Bounds",
        {
          if $2 / 1000 % 2 == 0 {
            try $0[$1.accounts, $2 % 1000].increment(by: 1)
          } else {
            try $0[$1.accounts, $2 % 1000].decrement(by: 1)
          }
        }
      ),
      ("register under Check", { try $0[$1.notes, $2 % 1000].set($2) }),
    ]

  static func run(_ folder: String) throws {
    let tables = Tables()
    let catalog = try Catalog(tables)
    for kind in kinds where kind.name.hasPrefix(ProcessInfo.processInfo.environment["KIND"] ?? "") {
      var source = Database(catalog: catalog, replica: sender, founder: sender)
      var versions: [StoredVersion] = []
      for number in 0..<20_000 {
        let version = try source.transact(wall: wall) { try kind.write($0, tables, number) }.version
        if let version { versions.append(version) }
      }
      let batches = stride(from: 0, to: versions.count, by: 100).map {
        Array(versions[$0..<min($0 + 100, versions.count)])
      }
      let rates = try Measure().rates([
        {
          var database = Database(catalog: catalog, replica: receiver, founder: sender)
          let start = computingTime()
          for batch in batches {
            _ = try database.receive(batch, wall: wall)
            database.noteStored()
          }
          return (versions.count, computingTime() - start)
        }
      ])
      row("versions taken in, \(kind.name)", base: "", ours: rates[0], of: nil, asked: "")
    }
  }
}
