import MerganserConfluence
import MerganserModel
import MerganserTypes

private let table2 = "Bailis et al. 2015, Table 2"

// What is derived from other rows: indexes, views, ledgers.
extension ConfluenceCase {
  private struct Indexed: Schema {
    let records = Table<Int, LWWRegister<String>>("records")
    let index = Table<Path<String, Int>, LWWRegister<Bool>>("index")
    static let colours = ["red", "blue"]

    var invariants: [any Invariant] {
      let records = records
      let index = index
      Custom("the index agrees with the records", over: [records, index]) { snapshot in
        for (id, record) in try snapshot.rows(records) {
          for colour in Self.colours {
            let entry = try snapshot[index, Path(colour, child: id)]?.value ?? false
            if entry != (record.value == colour) { return false }
          }
        }
        return true
      }
    }
  }

  private struct Totalled: Schema {
    let parts = Table<Path<String, Int>, PNCounter>("parts")
    let totals = Table<String, PNCounter>("totals")

    var invariants: [any Invariant] {
      SumOf("the total is the sum of the parts", of: parts, in: totals) { $0.parent }
    }
  }

  private struct LastTotal: Schema {
    let parts = Table<Int, PNCounter>("parts")
    let totals = Table<String, LWWRegister<Int64>>("totals")

    var invariants: [any Invariant] {
      let parts = parts
      let totals = totals
      Custom("the total is the sum of the parts", over: [parts, totals]) { snapshot in
        let sum = try snapshot.rows(parts).reduce(0) { $0 + (try $1.value.value) }
        return try snapshot[totals, "t"]?.value ?? 0 == sum
      }
    }
  }

  private struct Ledger: Schema {
    let applied = Table<String, GSet<Int>>("applied")

    static func amount(of request: Int) -> Int { request * 10 }

    var invariants: [any Invariant] {
      let applied = applied
      Custom("debits equal credits", over: [applied]) { snapshot in
        let debits = try snapshot[applied, "debits"]?.map(Self.amount).reduce(0, +) ?? 0
        let credits = try snapshot[applied, "credits"]?.map(Self.amount).reduce(0, +) ?? 0
        return debits == credits
      }
    }
  }

  private struct SlottedLedger: Schema {
    let applied = Table<String, GSet<Int>>("applied")
    let sums = Table<String, PNCounter>("sums")

    var invariants: [any Invariant] {
      let applied = applied
      let sums = sums
      Custom("each request is counted once", over: [applied, sums]) { snapshot in
        let once = try snapshot[applied, "requests"]?.map(Ledger.amount).reduce(0, +) ?? 0
        return try snapshot[sums, "sum"]?.value ?? 0 == Int64(once)
      }
    }
  }

  static func views() throws(SchemaError) -> [ConfluenceCase] {
    let indexed = Indexed()
    let totalled = Totalled()
    let last = LastTotal()
    let ledger = Ledger()
    let slotted = SlottedLedger()
    return [
      try ConfluenceCase(
        11, title: "a secondary index", verdict: .closes, source: table2, schema: indexed
      ) {
        DeclaredTransaction("update", over: Indexed.colours) { tx, new in
          try tx[indexed.records, 1].set(new)
          for colour in Indexed.colours {
            try tx[indexed.index, Path(colour, child: 1)].set(colour == new)
          }
        }
      },
      try ConfluenceCase(
        12, title: "a materialized view in slots", verdict: .byInvariant,
        source: "Bailis et al. 2015, Table 2, TPC-C 1",
        replicas: 3, schema: totalled
      ) {
        DeclaredTransaction("add", over: 1...2) { tx, part in
          try tx[totalled.parts, Path("t", child: part)].increment()
          try tx[totalled.totals, "t"].increment()
        }
      },
      try ConfluenceCase(
        13, title: "a materialized view, the last one wins", verdict: .refuted, source: "a trap",
        schema: last
      ) {
        DeclaredTransaction("add", over: 1...2) { tx, part in
          try tx[last.parts, part].increment()
          let total = try tx[last.totals, "t"]
          try total.set((total.value?.value ?? 0) + 1)
        }
      },
      try ConfluenceCase(
        34, title: "requests in a set", verdict: .closes, source: "exactly-once by id",
        schema: ledger
      ) {
        DeclaredTransaction("apply", over: 1...2) { tx, request in
          try tx[ledger.applied, "debits"].insert(request)
          try tx[ledger.applied, "credits"].insert(request)
        }
      },
      try ConfluenceCase(
        35, title: "requests in slots", verdict: .refuted, source: "a twin of 34", schema: slotted
      ) {
        DeclaredTransaction("apply", over: 1...2) { tx, request in
          let applied = try tx[slotted.applied, "requests"]
          if try applied.value?.contains(request) == true { return }
          try applied.insert(request)
          try tx[slotted.sums, "sum"].increment(by: Int64(Ledger.amount(of: request)))
        }
      },
    ]
  }
}
