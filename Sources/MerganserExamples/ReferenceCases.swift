import MerganserConfluence
import MerganserModel
import MerganserTypes

private let table2 = "Bailis et al. 2015, Table 2"

// Foreign keys.
extension ConfluenceCase {
  private struct Orders: Schema {
    let orders = Table<String, LWWRegister<String>>("orders")
    let lines = Table<Path<String, Int>, LWWRegister<String>>("lines")
    var deletion = ForeignKey.Deletion.restrict

    var invariants: [any Invariant] {
      ForeignKey("a line's order exists", from: lines, to: orders, onDelete: deletion)
    }

    var insertOrder: DeclaredTransaction<Void> {
      DeclaredTransaction("insert order") { tx in try tx[orders, "o"].create() }
    }

    var insertLine: DeclaredTransaction<Int> {
      DeclaredTransaction("insert line", 1...2) { tx, line in
        try tx[lines, Path("o", line)].create()
      }
    }

    var deleteOrder: DeclaredTransaction<Void> {
      DeclaredTransaction("delete order") { tx in try tx[orders, "o"].delete() }
    }

    var deleteOrderWithLines: DeclaredTransaction<Void> {
      DeclaredTransaction("delete order with its lines") { tx in
        for line in 1...2 { try tx[lines, Path("o", line)].delete() }
        try tx[orders, "o"].delete()
      }
    }
  }

  static func references() throws(SchemaError) -> [ConfluenceCase] {
    let restrict = Orders()
    let cascade = Orders(deletion: .cascade)
    let touch = Orders(deletion: .touch)
    return [
      try ConfluenceCase(6, "foreign key, insertions", .closes, table2, restrict) {
        restrict.insertOrder
        restrict.insertLine
      },
      try ConfluenceCase(7, "foreign key, deleting parents", .refuted, table2, restrict) {
        restrict.insertOrder
        restrict.insertLine
        restrict.deleteOrder
      },
      try ConfluenceCase(
        8, "foreign key, the naive cascade", .refuted, "a trap: the naive cascade", restrict
      ) {
        restrict.insertOrder
        restrict.insertLine
        restrict.deleteOrderWithLines
      },
      try ConfluenceCase(
        9, "foreign key, deletion wins", .closes, "Bailis et al. 2015, Table 2, cascading delete",
        cascade
      ) {
        cascade.insertOrder
        DeclaredTransaction("insert line") { tx in try tx[cascade.lines, Path("o", 1)].create() }
        cascade.deleteOrder
      },
      try ConfluenceCase(
        10, "foreign key, a child touches its parent", .closes, "Balegas et al. 2018, IPA", touch,
        start: { tx in try tx[touch.orders, "o"].create() }
      ) {
        DeclaredTransaction("insert line") { tx in
          if try tx[touch.lines, Path("o", 1)].exists { return }
          try tx[touch.orders, "o"].touch()
          try tx[touch.lines, Path("o", 1)].create()
        }
        touch.deleteOrderWithLines
      },
    ]
  }
}
