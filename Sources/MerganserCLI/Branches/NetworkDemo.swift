#if Network
  import Foundation
  import Merganser

  /// The story of three branches on three machines, chapter by chapter.
  struct NetworkDemo {
    private let fleet: BranchFleet
    private var chapters = 0
    private var requests: UInt64 = 0

    /// The account from which all branches want to spend at once.
    private static let contested = DemoWorkload.contested

    init(in directory: String, makingNamespaces makesNamespaces: Bool) async throws {
      fleet = try await BranchFleet(
        Place.allCases.map(\.folder), in: directory, makingNamespaces: makesNamespaces,
        delayedBy: 5...15)
    }

    /// Tells and does everything.
    ///
    /// - Throws: ``Failure``, if anything is not as it has to be.
    mutating func run() async throws {
      do {
        try await tellAll()
        try await fleet.end()
      } catch {
        for place in Place.allCases where fleet.processes[place.rawValue] != nil {
          _ = try? await fleet.kill(place.rawValue)
        }
        fleet.endNetwork()
        throw error
      }
    }

    private mutating func tellAll() async throws {
      Terminal.say("Merganser on a network: a bank with three branches, each a process of its own,")
      Terminal.say("with a store and a key of its own, that reach each other by TLS alone.")
      try await link()
      try await live()
      try await cutOff()
      try await killInWork()
      try await heal()
    }

    // Chapters.

    private mutating func link() async throws {
      chapter("Three branches are linked")
      switch fleet.road {
      case .namespaces:
        tell(
          """
          Each is in a network namespace, as if it were on a machine of its own; a packet is under way for 5 to 15 ms.
          """)
      case .loopback(let reason):
        tell("All are on the loopback of this machine (\(reason)).")
      }
      for place in Place.allCases { try await fleet.start(place.rawValue) }
      let took = try await fleet.wait(.seconds(60)) { $0.allSatisfy { $0.linked == 2 } }
      guard let took else { throw Failure("the branches were not linked within a minute") }
      tell(
        """
        An authority has signed a certificate for each, which names the database and the replica. All three pairs are \
        linked after \(took.inSeconds).
        """)
      for account in DemoWorkload(seed: 7).accounts {
        try await branch(.lisbon).ask(
          .open(
            account: account.number, holder: account.holder, cents: account.cents,
            others: fleet.replicas.dropFirst().map { "\($0)" }))
      }
      tell(
        "Lisbon opens 12 accounts, and hands a third of the rights to spend to each of the others.")
      try await agree("All three show the same")
    }

    private mutating func live() async throws {
      chapter("Live")
      for place in Place.allCases { try branch(place).tell(.work(first: 0, count: 40)) }
      for place in Place.allCases {
        for _ in 0..<40 { _ = try await branch(place).next() }
      }
      tell("Each branch executes 40 orders at the same time; what one stores, the others are sent.")
      try await agree("All three show the same")
    }

    private mutating func cutOff() async throws {
      chapter("Faro is cut off")
      try await fleet.cut([Place.faro.rawValue])
      tell(
        """
        No packet reaches Faro, and none comes from there. All three are asked for 60.00 from the account of \
        \(Self.contested.holder), where there are \(money(Self.contested.cents)):
        """)
      for place in Place.allCases { try await pay(60_00, at: place, expectsPaid: false) }
      tell("Each holds rights for 40.00, and spends these without asking anyone, Faro, too:")
      for place in Place.allCases { try await pay(40_00, at: place, expectsPaid: true) }
      tell(
        "Faro's rights are spent. It refuses the next cent, since others may have spent the rest:")
      try await pay(1, at: .faro, expectsPaid: false)
      let others = try await fleet.wait(.seconds(30)) { states in
        states[0].digest == states[1].digest && states[0].digest != states[2].digest
      }
      guard others != nil else { throw Failure("Lisbon and Porto do not agree without Faro") }
      tell("Lisbon and Porto go on by themselves, and agree.")
    }

    private mutating func killInWork() async throws {
      chapter("Porto is killed while it works")
      let porto = try branch(.porto)
      try porto.tell(.work(first: 1000, count: 100_000))
      var done: [UInt64] = []
      for _ in 0..<100 { if let request = try await porto.next().request { done.append(request) } }
      done += try await fleet.kill(Place.porto.rawValue).compactMap(\.request)
      try await fleet.start(Place.porto.rawValue)
      let kept = try await branch(.porto).ask(.outcomes(done)).outcomes?.count ?? 0
      tell(
        """
        It had acknowledged \(done.count) orders when kill -9 ended it. It starts again, and has \(kept) of them.
        """)
      guard kept == done.count else { throw Failure("Porto has lost what it acknowledged") }
    }

    private mutating func heal() async throws {
      chapter("Faro is back")
      try await fleet.cut([])
      try await agree("All three pairs are linked again, and show the same")
      let state = try await branch(.lisbon).state
      let left = state.balances[Self.contested.number] ?? -1
      let lowest = state.balances.values.min() ?? -1
      tell(
        """
        \(Self.contested.holder) has \(money(left)) left: nobody has paid out what was not there. The lowest of all \
        balances is \(money(lowest)).
        """)
      guard left == 0, lowest >= 0 else { throw Failure("the bank's rule does not hold") }
    }

    // What chapters are made of.

    private func branch(_ place: Place) throws -> BranchProcess {
      try fleet.branch(place.rawValue)
    }

    private mutating func pay(_ cents: Int64, at place: Place, expectsPaid: Bool) async throws {
      requests += 1
      let answer = try await branch(place).ask(
        .pay(
          account: Self.contested.number, cents: cents,
          request: 900_000_000_000 + requests))
      let isPaid = answer.isPaid == true
      tell(
        "\(place.name.padded(to: 8))\(isPaid ? "paid" : "refused") \(money(cents))", indent: 5)
      guard isPaid == expectsPaid else {
        throw Failure("\(place.name) has \(isPaid ? "paid" : "refused") \(money(cents))")
      }
    }

    /// Waits until all are linked, and show the same.
    private func agree(_ sentence: String) async throws {
      let took = try await fleet.wait(.seconds(60)) { states in
        states.allSatisfy { $0.linked == 2 } && Set(states.map(\.digest)).count == 1
      }
      guard let took else {
        throw Failure("the branches do not agree within a minute: \(try await fleet.summary)")
      }
      let states = try await branch(.lisbon).state
      for place in Place.allCases {
        let broken = try await branch(place).state.broken
        if let fault = broken.first {
          throw Failure("\(place.name) has shown a wrong state: \(fault)")
        }
      }
      let total = states.balances.values.reduce(0, +)
      tell("\(sentence) after \(took.inSeconds): \(money(total)) in all.")
    }

    private mutating func chapter(_ title: String) {
      chapters += 1
      Terminal.say()
      Terminal.say("\(chapters)  \(title)")
    }

    private func tell(_ text: String, indent: Int = 3) {
      for line in text.wrapped(to: 79 - indent) {
        Terminal.say(String(repeating: " ", count: indent) + line)
      }
    }
  }

  extension Duration {
    /// For people: in seconds, with one place.
    var inSeconds: String {
      formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))
    }
  }
#endif
