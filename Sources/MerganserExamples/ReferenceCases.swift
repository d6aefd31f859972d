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
      DeclaredTransaction("insert line", over: 1...2) { tx, line in
        try tx[lines, Path("o", child: line)].create()
      }
    }

    var deleteOrder: DeclaredTransaction<Void> {
      DeclaredTransaction("delete order") { tx in try tx[orders, "o"].delete() }
    }

    var deleteOrderWithLines: DeclaredTransaction<Void> {
      DeclaredTransaction("delete order with its lines") { tx in
        for line in 1...2 { try tx[lines, Path("o", child: line)].delete() }
        try tx[orders, "o"].delete()
      }
    }
  }

  static func references() throws(SchemaError) -> [ConfluenceCase] {
    let restrict = Orders()
    let cascade = Orders(deletion: .cascade)
    let touch = Orders(deletion: .touch)
    return [
      try ConfluenceCase(
        6, title: "foreign key, insertions", verdict: .closes, source: table2, schema: restrict
      ) {
        restrict.insertOrder
        restrict.insertLine
      },
      try ConfluenceCase(
        7, title: "foreign key, deleting parents", verdict: .refuted, source: table2,
        schema: restrict
      ) {
        restrict.insertOrder
        restrict.insertLine
        restrict.deleteOrder
      },
      try ConfluenceCase(
        8, title: "foreign key, the naive cascade", verdict: .refuted,
        source: "a trap: the naive cascade", schema: restrict
      ) {
        restrict.insertOrder
        restrict.insertLine
        restrict.deleteOrderWithLines
      },
      try ConfluenceCase(
        9, title: "foreign key, deletion wins", verdict: .closes,
        source: "Bailis et al. 2015, Table 2, cascading delete",
        schema: cascade
      ) {
        cascade.insertOrder
        DeclaredTransaction("insert line") { tx in
          try tx[cascade.lines, Path("o", child: 1)].create()
        }
        cascade.deleteOrder
      },
      try ConfluenceCase(
        10, title: "foreign key, a child touches its parent", verdict: .closes,
        source: "Balegas et al. 2018, IPA", schema: touch,
        start: { tx in try tx[touch.orders, "o"].create() }
      ) {
        DeclaredTransaction("insert line") { tx in
          if try tx[touch.lines, Path("o", child: 1)].exists { return }
          try tx[touch.orders, "o"].touch()
          try tx[touch.lines, Path("o", child: 1)].create()
        }
        touch.deleteOrderWithLines
      },
    ]
  }
}
