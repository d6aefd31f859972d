import Foundation
import Merganser
import MerganserDatabase

/// One transaction that writes much: to one row, and to many that refer to one.
struct LargeTransactions: Schema {
  let sets = Table<Int, ORSet<Int>>("sets")
  let orders = Table<Int, LWWRegister<Int>>("orders")
  let lines = Table<Path<Int, Int>, GSet<Int>>("lines")

  var invariants: [any Invariant] {
    ForeignKey("a line's order", from: lines, to: orders, onDelete: .touch)
  }

  private func database() throws -> Database {
    let replica = ReplicaID(high: 0, low: 1)
    var database = Database(catalog: try Catalog(self), replica: replica, founder: replica)
    _ = try database.transact(wall: HybridTime(milliseconds: 1)) { tx in
      try tx[sets, 1].create()
      try tx[orders, 1].create()
    }
    return database
  }

  /// The seconds that a transaction takes that writes `count` times.
  private func time(
    _ count: Int, body: (borrowing Transaction, Int) throws -> Void
  ) throws -> Double {
    var database = try database()
    return try seconds {
      _ = try database.transact(wall: HybridTime(milliseconds: 2)) { tx in
        for number in 0..<count { try body(tx, number) }
      }
    }
  }

  /// Prints what transactions of 1,000, 10,000 and 100,000 writes take.
  static func run() throws {
    let schema = LargeTransactions()
    let sizes = [1000, 10_000, 100_000]
    print("one transaction of so many writes:")
    try growth("elements into one set", sizes: sizes) { count in
      try schema.time(count) { tx, number in try tx[schema.sets, 1].insert(number) }
    }
    try growth("children that touch one parent", sizes: sizes) { count in
      try schema.time(count) { tx, number in
        try tx[schema.orders, 1].touch()
        try tx[schema.lines, Path(1, child: number)].create()
      }
    }
  }
}
