import Merganser
import MerganserDatabase

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Transactions that run in one order: how many a second, what they cost those that do not, and what reading what is tentative takes.
enum Orders {
  struct Shop: TransactionSchema {
    let stock = Table<Int, PNCounter>("stock")
    let likes = Table<Int, PNCounter>("likes")

    var invariants: [any Invariant] {
      Limit("not below 0", on: stock, atLeast: 0, by: .order("stock"))
    }

    var transactions: [AnyDeclaredTransaction] {
      fill
      sell
      like
      keep
      use
      release
      pay
    }

    var fill: DeclaredTransaction<(Int, Int64)> {
      DeclaredTransaction("fill", over: [1], over: [1]) { tx, article, count in
        try tx[stock, article].increment(by: count)
      }
    }

    var sell: DeclaredTransaction<Int> {
      DeclaredTransaction("sell", over: [1]) { tx, article in try tx[stock, article].decrement() }
    }

    var like: DeclaredTransaction<Int> {
      DeclaredTransaction("like", over: [1]) { tx, article in try tx[likes, article].increment() }
    }

    /// Sells, and keeps something of the customer's until it is known whether it did.
    var pay: DeclaredTransaction<Int> {
      DeclaredTransaction("pay", over: [1]) { tx, article in try tx[stock, article].decrement() }
        .holding(keep, use: use, release: release)
    }

    var keep: DeclaredTransaction<Int> {
      DeclaredTransaction("keep", over: [1]) { tx, article in try tx[likes, article].increment() }
    }

    var use: DeclaredTransaction<Int> {
      DeclaredTransaction("use", over: [1]) { tx, article in try tx[likes, article].increment() }
    }

    var release: DeclaredTransaction<Int> {
      DeclaredTransaction("release", over: [1]) { tx, article in
        try tx[likes, article].decrement()
      }
    }

    /// Written by hand: it rests on theorems alone.
    var plan: Plan {
      get throws {
        let stock: Set<Effect> = [
          Effect(.insert, in: "stock"), Effect(.increment, in: "stock"),
          Effect(.decrement, in: "stock"),
        ]
        let likes: Set<Effect> = [
          Effect(.insert, in: "likes"), Effect(.increment, in: "likes"),
          Effect(.decrement, in: "likes"),
        ]
        let local = Plan.Entry(way: .local, invariants: [], writes: likes)
        return Plan(
          fingerprint: try Catalog(self).fingerprint,
          entries: [
            "pay": Plan.Entry(way: .ordered, invariants: [], writes: stock),
            "keep": local, "use": local, "release": local,
            "fill": Plan.Entry(way: .ordered, invariants: [], writes: stock),
            "sell": Plan.Entry(way: .ordered, invariants: [], writes: stock),
            "like": Plan.Entry(
              way: .local, invariants: [],
              writes: [Effect(.insert, in: "likes"), Effect(.increment, in: "likes")]),
          ])
      }
    }
  }

  static func run(_ folder: String) async throws {
    try await rates(folder)
    try await locals(folder)
    try await tentative()
    try await holds()
    try await strangersHolds()
  }

  /// A primary on disk, and two replicas that submit and sync with it without end.
  private static func cluster(_ folder: String, name: String) async throws -> [Replica<Shop>] {
    let shop = Shop()
    let running = Running(by: try shop.plan)
    let primary = try await Replica.open(shop, at: "\(folder)/\(name)0", running: running)
    var replicas = [primary]
    for number in 1...2 {
      let replica = try await Replica.open(
        shop, at: "\(folder)/\(name)\(number)", joining: primary.founder, running: running)
      try await primary.sync(with: replica)
      replicas.append(replica)
    }
    for article in 0..<100 {
      _ = try await primary.submit(shop.fill, article, 1_000_000).outcome(within: .seconds(60))
    }
    return replicas
  }

  /// Has two replicas sync again and again, as long as `body` runs.
  private static func syncing<Value: Sendable>(
    _ replicas: [Replica<Shop>], body: @Sendable () async throws -> Value
  ) async throws -> Value {
    let tasks = replicas.dropFirst().map { replica in
      Task {
        while !Task.isCancelled { try await replicas[0].sync(with: replica) }
      }
    }
    defer { for task in tasks { task.cancel() } }
    return try await body()
  }

  /// Makes all of some replicas voters.
  private static func vote(_ replicas: [Replica<Shop>]) async throws {
    for replica in replicas.dropFirst() {
      try await replica.perform(Shop().like, 1)
      try await replicas[0].sync(with: replica)
    }
    try await replicas[0].changeVoters(to: Set(replicas.map(\.id)), within: .seconds(60))
  }

  /// So many tasks, each of which submits one at a time and waits for its outcome.
  private static func sell(
    _ count: Int, tasks: Int, at replicas: [Replica<Shop>]
  ) async throws -> [Duration] {
    let shop = Shop()
    return try await withThrowingTaskGroup(of: [Duration].self) { group in
      for task in 0..<tasks {
        group.addTask {
          var latencies: [Duration] = []
          for _ in 0..<count / tasks {
            let start = ContinuousClock.now
            let receipt = try await replicas[task % replicas.count].submit(shop.sell, task % 100)
            guard try await receipt.outcome(within: .seconds(600)).isCommitted else {
              throw Failure("a sale was rejected")
            }
            latencies.append(ContinuousClock.now - start)
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
  }

  private static func rates(_ folder: String) async throws {
    for (tasks, voters) in [(1, 1), (16, 1), (256, 1), (1, 3), (16, 3), (256, 3)] {
      let count = tasks * (tasks == 1 ? 50 : 40)
      var rates: [Double] = []
      var slow: [Duration] = []
      for round in 0..<3 {
        let replicas = try await cluster(folder, name: "rate-\(tasks)-\(voters)-\(round)-")
        if voters > 1 { try await vote(replicas) }
        let start = ContinuousClock.now
        let latencies = try await syncing(replicas) {
          try await sell(count, tasks: tasks, at: Array(replicas.dropFirst()))
        }
        rates.append(Double(latencies.count) / ((ContinuousClock.now - start) / .seconds(1)))
        slow.append(latencies[latencies.count / 2])
        for replica in replicas { try await replica.close() }
      }
      row(
        voters == 1
          ? "ordered, \(tasks) open, two replicas through a third"
          : "ordered, \(tasks) open, by a majority of the three", base: "",
        ours: rates.sorted()[1], of: nil, asked: tasks == 256 && voters == 1 ? "≥ 2 k/s" : "")
      print("  half are answered within \(slow.sorted()[1])")
    }
  }

  /// Local transactions at a replica, with and without ordered ones beside them.
  private static func locals(_ folder: String) async throws {
    let shop = Shop()
    let replicas = try await cluster(folder, name: "local-")
    let count = 2000
    @Sendable func like() async throws -> (cpu: Duration, median: Duration) {
      var latencies: [Duration] = []
      let cpu = computingTime(CLOCK_PROCESS_CPUTIME_ID)
      for number in 0..<count {
        let start = ContinuousClock.now
        try await replicas[1].perform(shop.like, number % 100)
        latencies.append(ContinuousClock.now - start)
        // 500 a second, as the others.
        try await Task.sleep(for: .milliseconds(2))
      }
      return (
        computingTime(CLOCK_PROCESS_CPUTIME_ID) - cpu, latencies.sorted()[latencies.count / 2]
      )
    }
    let alone = try await syncing(replicas) { try await like() }
    let (beside, ordered) = try await syncing(replicas) {
      let ordering = Task {
        var done = 0
        // It is ended by being cancelled, where it waits or submits.
        while !Task.isCancelled,
          (try? await replicas[2].submit(shop.sell, done % 100)) != nil
        {
          done += 1
          try? await Task.sleep(for: .milliseconds(2))
        }
        return done
      }
      let beside = try await like()
      ordering.cancel()
      return (beside, await ordering.value)
    }
    print("\(count) local transactions, beside \(ordered) ordered ones elsewhere, over without:")
    print(
      "  median \(alone.median), \(beside.median): × \(beside.median / alone.median), asked ≤ 1.5")
    print("  CPU of the process \(alone.cpu), \(beside.cpu): × \(beside.cpu / alone.cpu)")
    for replica in replicas { try await replica.close() }
  }

  /// What reading takes above so many open requests.
  private static func tentative() async throws {
    let shop = Shop()
    let primary = try Replica(shop, running: Running(by: try shop.plan))
    for (what, change) in [
      ("nothing has changed", 0), ("a table of no request has", 1), ("their table has", 2),
    ] {
      try await growth(
        "a tentative reading, by open requests, \(what)", sizes: [10, 100, 1000],
        asked: change == 0 ? "1 ×" : "at most in proportion"
      ) { size in
        let branch = try Replica(
          shop, joining: primary.founder, running: Running(by: try shop.plan))
        _ = try await primary.submit(shop.fill, 1, 10_000)
        try await primary.sync(with: branch)
        for _ in 0..<size { try await branch.submit(shop.sell, 1) }
        _ = try await branch.tentative()
        var times: [Duration] = []
        for round in 0..<21 {
          switch change {
          case 1: try await branch.perform(shop.like, round)
          case 2: try await branch.submit(shop.sell, 1)
          default: break
          }
          let start = ContinuousClock.now
          _ = try await branch.tentative()[shop.stock, 1]
          times.append(ContinuousClock.now - start)
        }
        return times.sorted()[times.count / 2]
      }
    }
  }

  /// What ordered transactions with a local part cost over those without.
  private static func holds() async throws {
    let shop = Shop()
    let primary = try Replica(shop, running: Running(by: try shop.plan))
    _ = try await primary.submit(shop.fill, 1, 1_000_000).outcome(within: .seconds(60))
    var ratios: [Double] = []
    for _ in 0..<7 {
      var taken: [Duration] = []
      for transaction in [shop.sell, shop.pay] {
        let before = computingTime(CLOCK_PROCESS_CPUTIME_ID)
        for _ in 0..<300 {
          let receipt = try await primary.submit(transaction, 1)
          guard try await receipt.outcome(within: .seconds(60)).isCommitted else {
            throw Failure("a sale was rejected")
          }
        }
        taken.append(computingTime(CLOCK_PROCESS_CPUTIME_ID) - before)
      }
      ratios.append(taken[1] / taken[0])
    }
    print("CPU of an ordered transaction with a hold, over one without: × \(ratios.sorted()[3])")
  }

  /// What a local transaction takes beside holds that ended and whose holder never comes to use or release them.
  private static func strangersHolds() async throws {
    let shop = Shop()
    try await growth(
      "a local transaction, by holds of a holder who is gone", sizes: [10, 100, 1000],
      asked: "1 ×"
    ) { size in
      let primary = try Replica(shop, running: Running(by: try shop.plan))
      _ = try await primary.submit(shop.fill, 1, 10_000).outcome(within: .seconds(60))
      let branch = try Replica(
        shop, joining: primary.founder, running: Running(by: try shop.plan))
      try await primary.sync(with: branch)
      for _ in 0..<size { try await branch.submit(shop.pay, 1) }
      try await primary.sync(with: branch)
      _ = try await primary.submit(shop.sell, 1).outcome(within: .seconds(60))
      var times: [Duration] = []
      for round in 0..<101 {
        let start = ContinuousClock.now
        try await primary.perform(shop.like, round)
        times.append(ContinuousClock.now - start)
      }
      return times.sorted()[50]
    }
  }
}
