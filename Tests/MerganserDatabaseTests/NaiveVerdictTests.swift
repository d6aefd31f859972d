import DatabaseSupport
import MerganserDatabase
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// What a database says of a transaction is what the invariants say, read naively over all rows.
@Suite struct NaiveVerdictTests {
  /// One replica, or three that meet, all in their own scope: after a meeting invariants may be broken, and
  /// what breaks them anew is refused all the same.
  @Test(
    .exercises([
      "a commit": 390,
      "a commit while an invariant is broken": 40,
      "a reception that applied versions": 20,
      "a row in several incarnations": 60,
      "a transaction that fails by itself": 130,
      "violates a desk's room": 20,
      "violates a lamp's room": 30,
      "violates at most two flags": 3,
      "violates beds": 3,
      "violates invoices": 10,
      "violates names": 20,
      "violates no name is 13": 5,
      "violates plates": 10,
      "violates rooms": 10,
      "violates savings": 8,
      "violates slots": 10,
      "violates tickets": 6,
      "violates totals": 10,
    ]), arguments: 0..<8)
  func aTransactionIsRefusedIfAndOnlyIfItBreaksARule(_ seed: Int) throws {
    let village = Village()
    let lax = Village(isStrict: false)
    let (catalog, laxCatalog) = (try Catalog(village), try Catalog(lax))
    let count = seed % 2 == 0 ? 1 : 3
    var dice = SplitMix(seed: UInt64(seed) + 1)
    var wall: UInt64 = 1000
    var replicas = Village.replicas.prefix(count).map {
      Database(catalog: catalog, replica: $0, founder: Village.replicas[0])
    }
    var doubles = Village.replicas.prefix(count).map {
      Database(catalog: laxCatalog, replica: $0, founder: Village.replicas[0])
    }
    var logs: [[StoredVersion]] = Array(repeating: [], count: count)
    for step in 0..<200 {
      let place = Int(dice.next() % UInt64(count))
      wall += 1
      let time = HybridTime(milliseconds: wall)
      if count > 1, dice.next() % 8 == 0 {
        let other = Int(dice.next() % UInt64(count))
        let applied = try replicas[place].receive(logs[other], wall: time).applied
        if !applied.isEmpty { Exercised.count("a reception that applied versions") }
        logs[place] += applied
        _ = try doubles[place].receive(logs[other], wall: time)
        try #require(try replicas[place].snapshot.digest == doubles[place].snapshot.digest)
        continue
      }
      var (copy, other) = (dice, dice)
      // What the rows would be if there were no invariants, and which of these would be broken.
      let kept = doubles[place]
      let before = kept.snapshot
      let double = Result {
        try doubles[place].transact(scope: .localOnly, wall: time) { try lax.act($0, dice: &copy) }
          .version
      }
      let real = Result {
        try replicas[place].transact(scope: .localOnly, wall: time) {
          try village.act($0, dice: &other)
        }.version
      }
      dice = copy
      let comment: Comment = "seed \(seed), step \(step)"
      switch (double, real) {
      case (.failure, .failure): Exercised.count("a transaction that fails by itself")
      case (.failure(let error), .success): Issue.record("\(comment): commits despite \(error)")
      case (.success(let wanted), let real):
        let after = doubles[place].snapshot
        let known = try village.broken(in: before)
        let broken = try village.broken(in: after)
        let done = try village.broken(from: before, to: after, by: Village.replicas[place])
        switch real {
        case .success(let version):
          try #require(broken.subtracting(known).isEmpty && done.isEmpty, comment)
          // The double has no invariants: its schema is another.
          try #require(
            try version.map { try Array($0.decoded().writes) }
              == wanted.map { try Array($0.decoded().writes) }, comment)
          try #require(version?.sequences == wanted?.sequences, comment)
          if !known.isEmpty { Exercised.count("a commit while an invariant is broken") }
          if let version {
            Exercised.count("a commit")
            logs[place].append(version)
            // As others refer to it by its hash.
            let storage = MemoryStorage()
            try storage.advance(to: kept.heads)
            try storage.append([version])
            doubles[place] = kept
            try doubles[place].recover(beyondCheckpointFrom: storage.snapshot())
          }
        case .failure(let error):
          let violation = try #require(error as? InvariantViolation, comment)
          let reasons = broken.union(known).union(done)
          try #require(reasons.contains(violation.invariant), "\(comment): \(violation)")
          Exercised.count(refusal: violation)
          doubles[place] = kept
        }
      }
      if step % 8 == 0 {
        try #require(
          try replicas[place].snapshot.digest == doubles[place].snapshot.digest, comment)
      }
    }
    for replica in replicas { try Exercised.countIncarnations(in: replica.snapshot) }
  }

  /// What commits everywhere breaks no invariant where replicas meet.
  @Test(
    .exercises([
      "ChangedItsMind()": 520,
      "a commit": 3000,
      "a reception that applied versions": 680,
      "a row in several incarnations": 300,
      "needs coordination for a desk's room": 50,
      "needs coordination for at most two flags": 100,
      "needs coordination for beds": 100,
      "needs coordination for invoices": 50,
      "needs coordination for names": 440,
      "needs coordination for savings": 130,
      "needs coordination for totals": 40,
      "ownedElsewhere": 750,
      "violates a bed's room": 400,
      "violates a desk's room": 110,
      "violates a lamp's room": 270,
      "violates a room's house": 160,
      "violates at most two flags": 1,
      "violates beds": 2,
      "violates invoices": 110,
      "violates names": 70,
      "violates no name is 13": 20,
      "violates plates": 90,
      "violates rooms": 30,
      "violates savings": 30,
      "violates slots": 70,
      "violates stock within 0...": 110,
      "violates tickets": 20,
      "violates totals": 70,
    ]), arguments: 0..<64)
  func whatCommitsEverywhereBreaksNothing(_ seed: Int) throws {
    let village = Village(strictness: seed % 4)
    let catalog = try Catalog(village)
    var dice = SplitMix(seed: UInt64(seed) + 1)
    var wall: UInt64 = 1000
    var replicas = Village.replicas.map {
      Database(catalog: catalog, replica: $0, founder: Village.replicas[0])
    }
    var logs: [[StoredVersion]] = [[], [], []]
    // Few kinds of things to do, so that they meet.
    let kinds = (0..<2).map { _ in Int(dice.next() % UInt64(Village.kinds)) }
    var held: [(snapshot: Snapshot, digest: UInt64)] = []
    var committed = 0
    for step in 0..<300 {
      // At first one replica fills the rows that nobody may fill alone, and the others learn of it.
      let isFirst = step < 40
      let place = isFirst ? 0 : Int(dice.next() % 3)
      // Clocks go wrong, too.
      wall += dice.next() % 4
      let time = HybridTime(milliseconds: wall - dice.next() % 3)
      if step == 40 {
        for other in 1...2 {
          logs[other] = try replicas[other].receive(logs[0], wall: time).applied
        }
      }
      if !isFirst, dice.next() % 6 == 0 {
        let reception = try replicas[place].receive(logs[Int(dice.next() % 3)], wall: time)
        try #require(reception.refused.isEmpty)
        if !reception.applied.isEmpty { Exercised.count("a reception that applied versions") }
        logs[place] += reception.applied
      } else {
        var copy = dice
        let scope: Scope = isFirst ? .localOnly : .everywhere
        let outcome = Result {
          try replicas[place].transact(scope: scope, wall: time) {
            if isFirst {
              try village.act($0, dice: &copy)
            } else {
              try village.act($0, dice: &copy, atMost: 1, of: kinds)
            }
          }.version
        }
        dice = copy
        if case .failure(let error) = outcome { Exercised.count(refusal: error) }
        guard let version = try? outcome.get() else { continue }
        logs[place].append(version)
        committed += 1
        Exercised.count("a commit")
      }
      let broken = try village.broken(in: replicas[place].snapshot)
      try #require(broken.isEmpty, "seed \(seed), step \(step): \(broken)")
      if step % 20 == 0 {
        held.append((replicas[place].snapshot, try replicas[place].snapshot.digest))
      }
    }
    // What readers hold stays as it is.
    for (snapshot, digest) in held { #expect(try snapshot.digest == digest) }
    #expect(committed > 8)
    for replica in replicas { try Exercised.countIncarnations(in: replica.snapshot) }
  }
}
