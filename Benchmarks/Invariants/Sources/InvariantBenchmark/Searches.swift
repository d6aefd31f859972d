import Merganser
import MerganserConfluence

/// Programs that no theorem decides, of which the analysis searches all that their replicas can come to.
struct Searches: Schema {
  let marks = Table<Int, LWWRegister<Int>>("marks")
  let counters = Table<Int, PNCounter>("counters")

  var invariants: [any Invariant] {
    Custom("what is marked is known", over: [marks]) { [marks] snapshot in
      var isKnown = true
      try snapshot.forEachRow(of: marks) { _, mark in
        isKnown = isKnown && mark.value ?? 0 >= 0
        return isKnown
      }
      return isKnown
    }
    Custom("what is counted is not less than nothing", over: [counters]) { [counters] snapshot in
      var isKnown = true
      try snapshot.forEachRow(of: counters) { _, counter in
        isKnown = try isKnown && counter.value >= 0
        return isKnown
      }
      return isKnown
    }
  }

  /// The seconds that an analysis takes.
  private static func time(
    replicas: Int = 3, @TransactionsBuilder of transactions: () -> [AnyDeclaredTransaction]
  ) throws -> Double {
    let workload = try Workload("searches", of: Searches(), transactions: transactions)
    return try seconds {
      let analysis = try Analysis(workload, within: Budget(replicas: replicas))
      if !analysis.isConfluent { print("    not decided:") }
    }
  }

  private static func marking(rows: Int, values: Int) -> AnyDeclaredTransaction {
    let marks = Searches().marks
    return AnyDeclaredTransaction(
      DeclaredTransaction("mark", over: 0..<(rows * values)) { tx, number in
        try tx[marks, number % rows].set(number / rows)
      })
  }

  /// Prints how the time of an analysis grows with what there is to search.
  static func run() throws {
    print("the analysis of a program, computing time:")
    try growth("values that a register takes", sizes: [1, 2, 4, 8, 16]) { count in
      try time { marking(rows: 1, values: count) }
    }
    try growth("rows, each created by whoever writes it first", sizes: [1, 2, 4, 8]) { count in
      try time { marking(rows: count, values: 1) }
    }
    try growth("transactions", sizes: [1, 2, 4, 8]) { count in
      let marks = Searches().marks
      return try time {
        for place in 0..<count {
          DeclaredTransaction("mark \(place)") { tx in try tx[marks, 1].set(place) }
        }
      }
    }
    try growth("what a counter is counted to", sizes: [1, 2, 4, 8]) { most in
      let counters = Searches().counters
      return try time {
        DeclaredTransaction("count") { tx in
          if try tx[counters, 1].value?.value ?? 0 < most { try tx[counters, 1].increment() }
        }
      }
    }
    try growth("replicas", sizes: [2, 3, 4]) { count in
      try time(replicas: count) { marking(rows: 2, values: 2) }
    }
  }
}
