#if os(Linux)
  import Foundation
  import MerganserModel
  import MerganserSimulation
  import MerganserTypes
  import TestSupport

  /// Four replicas of the registry, each in a process of its own, of which three vote: clients that submit at random, and
  /// the histories of what they saw.
  ///
  /// Each process has one command at a time that it has not answered, beside the requests that it waits for. So all run at
  /// the same time, and nobody waits for a clock.
  actor OrderProcesses {
    /// A request that a client made.
    private struct Request {
      let call: Int
      let member: Int
      /// Whether its client was told that it is durable.
      var isAccepted = false
      /// What came of it, as it was told last; an empty text once it is known that nobody knows it.
      var told: String?
    }

    /// A process, and what it is at.
    private struct Member {
      var process: MemberProcess?
      var isReady = false
      /// What it was told to do and has not answered.
      var command: String?
      /// How often it was started; what an earlier process says late is known by that.
      var life = 0
    }

    private struct Line: Sendable {
      let member: Int
      let life: Int
      /// What was printed; `nil` at the end.
      let text: String?
    }

    struct Failed: Error { let what: String }

    private let folder: TemporaryFolder
    private let fault: String?
    private var random: SplitMix
    private var members = [Member](repeating: Member(), count: 4)
    private var identities: [Int: ReplicaID] = [:]
    private var requests: [String: Request] = [:]
    private var open: [Int: Set<String>] = [:]
    /// The pairs that do not meet.
    private var apart: Set<Set<Int>> = []
    private var isFinishing = false
    private var offices = 0
    private var states: [Int: String] = [:]
    private let lines: AsyncStream<Line>
    private let sink: AsyncStream<Line>.Continuation
    private(set) var history = RegisterHistory(of: Registry().names.name)
    /// How many requests are durable.
    private(set) var acceptedCount = 0
    /// How many syncs came to their end, and how many did not.
    private(set) var syncs = (whole: 0, cut: 0)
    /// How many requests their clients learned of only when they asked again.
    private(set) var askedCount = 0

    private static let keys = ["ann", "bo", "cy", "di", "ed"]

    /// - Parameters:
    ///   - seed: what the clients draw from.
    ///   - fault: what the processes do wrong, if anything.
    /// - Throws: if there is no folder to be had.
    init(seed: UInt64, planting fault: String? = nil) throws {
      random = SplitMix(seed: seed)
      self.fault = fault
      let memory = "/dev/shm"
      folder = try TemporaryFolder(
        in: FileManager.default.isWritableFile(atPath: memory) ? memory : nil)
      (lines, sink) = AsyncStream.makeStream()
    }

    /// Has clients make calls, while primaries are killed and members are parted, two primaries a round.
    ///
    /// - Throws: ``Failed``, if something does not come to its end, or not to the same one everywhere.
    func run(rounds: Int) async throws {
      do {
        try await begin()
        var primary = 0
        for _ in 0..<rounds {
          try await work(for: 10)
          // The primary and the next one go on, and the others learn nothing of it.
          part([primary, (primary + 1) % 3])
          try await work(for: 16)
          apart = []
          try await lose(primary, for: (primary + 1) % 3)
          primary = (primary + 1) % 3
          try await work(for: 10)
          // The primary is alone with the one that does not vote; the others have the majority, and no primary.
          part([primary, 3])
          try await work(for: 10)
          try await lose(primary, for: (primary + 1) % 3)
          primary = (primary + 1) % 3
          // The others go on, and these learn nothing of it.
          try await work(for: 10)
          apart = []
        }
        try await finish()
      } catch {
        for member in members { member.process?.end() }
        throw error
      }
    }
  }

  // The processes.
  extension OrderProcesses {
    /// Has some members meet none of the others.
    private func part(_ some: Set<Int>) {
      for one in some {
        for other in members.indices where !some.contains(other) { apart.insert([one, other]) }
      }
    }

    private func start(_ number: Int) throws {
      members[number].life += 1
      members[number].isReady = false
      members[number].command = nil
      let (life, sink) = (members[number].life, sink)
      let founder = number == 0 ? "-" : identities[0].map { "\($0)" } ?? "-"
      members[number].process = try MemberProcess(
        [folder.path, "\(number)", founder] + (fault.map { [$0] } ?? [])
      ) { sink.yield(Line(member: number, life: life, text: $0)) }
    }

    /// Starts all, and has three of them vote.
    private func begin() async throws {
      for number in members.indices {
        try start(number)
        try await wait { members[number].isReady }
        if number > 0 {
          try await meet(0, with: number)
          try await ask(number, to: "visit")
          try await meet(0, with: number)
        }
      }
      let voters = (0..<3).compactMap { identities[$0].map { "\($0)" } }
      members[0].command = "voters"
      members[0].process?.tell("voters \(voters.joined(separator: " "))")
      // The voter before chooses that alone.
      try await wait { members[0].command == nil }
      for number in 1..<4 { try await meet(0, with: number) }
    }

    /// Kills the primary, has another voter take over, and starts the first one again.
    private func lose(_ primary: Int, for successor: Int) async throws {
      members[primary].process?.end()
      try await wait { members[primary].process == nil }
      let before = offices
      members[successor].process?.tell("takeOver")
      try await work { offices > before }
      try start(primary)
      try await work { members[primary].isReady }
      // Its clients have the ids of their requests, and ask again.
      for request in (open[primary] ?? []).sorted() {
        askedCount += 1
        members[primary].process?.tell("ask \(request)")
      }
    }

    /// Goes on until all that was submitted is decided, and all replicas are equal.
    private func finish() async throws {
      isFinishing = true
      let limit = syncs.whole + 2000
      try await work { open.values.allSatisfy(\.isEmpty) || syncs.whole > limit }
      try await wait { members.allSatisfy { $0.command == nil } }
      let left = open.values.flatMap(\.self).sorted()
      guard left.isEmpty else {
        throw Failed(what: "after \(syncs) syncs these requests are open: \(left)")
      }
      var rounds = 0
      repeat {
        rounds += 1
        guard rounds < 20 else { throw Failed(what: "the replicas do not become equal: \(states)") }
        for one in members.indices {
          for other in members.indices where other > one { try await meet(one, with: other) }
        }
        for member in members.indices { try await ask(member, to: "state") }
      } while Set(states.values).count > 1
      for member in members.indices {
        guard let process = members[member].process else { continue }
        process.tell("quit")
        try await wait(endingOf: member) { members[member].process == nil }
      }
    }

    /// Has two members sync, while nothing else is asked of the first.
    private func meet(_ one: Int, with other: Int) async throws {
      let before = syncs.whole
      try await ask(one, to: "sync \(other)")
      guard syncs.whole > before else { throw Failed(what: "\(one) and \(other) do not sync") }
    }

    private func ask(_ member: Int, to command: String) async throws {
      members[member].command = command
      members[member].process?.tell(command)
      try await wait { members[member].command == nil }
    }
  }

  // What clients do.
  extension OrderProcesses {
    /// Goes on until so many more requests are durable, or clients wait for as many as they want to.
    private func work(for count: Int) async throws {
      let end = acceptedCount + count
      try await work {
        acceptedCount >= end
          || members.indices.allSatisfy { !members[$0].isReady || isPatient(at: $0) }
      }
    }

    /// Whether a member's clients wait for as many requests as they want to.
    private func isPatient(at number: Int) -> Bool { open[number]?.count ?? 0 >= 6 }

    /// Has every member that waits for nothing do something, until a condition holds.
    private func work(until isDone: () -> Bool) async throws {
      while !isDone() {
        for number in members.indices { act(at: number) }
        try take(await next(), endingOf: nil)
      }
    }

    /// Waits until a condition holds.
    private func wait(
      endingOf member: Int? = nil, until isDone: () -> Bool
    ) async throws {
      while !isDone() { try take(await next(), endingOf: member) }
    }

    private func next() async throws -> Line {
      var iterator = lines.makeAsyncIterator()
      guard let line = await iterator.next() else { throw Failed(what: "no line comes any more") }
      return line
    }

    private func act(at number: Int) {
      guard members[number].isReady, members[number].command == nil else { return }
      if isFinishing || isPatient(at: number) || random.number(below: 5) < 3 {
        let others = members.indices.filter {
          $0 != number && members[$0].isReady && !apart.contains([number, $0])
        }
        guard !others.isEmpty else { return }
        let other = others[random.number(below: others.count)]
        members[number].command = "sync"
        members[number].process?.tell("sync \(other)")
      } else {
        submit(at: number)
      }
    }

    private func submit(at number: Int) {
      let name = "r\(requests.count)"
      let key = Self.keys[random.number(below: Self.keys.count)]
      let holder = "\(1 + random.number(below: 2))"
      let expected = [nil, "1", "2"][random.number(below: 3)]
      let (call, words): (RegisterCall, String) =
        switch random.number(below: 5) {
        case 0, 1: (.claim(holder), "claim \(key) \(holder)")
        case 2: (.release(holder), "release \(key) \(holder)")
        case 3: (.change(from: expected, to: holder), "change \(key) \(expected ?? "-") \(holder)")
        default: (.read, "look \(key)")
        }
      // Some may not be open for long, and expire.
      let lifetime = random.number(below: 16) == 0 ? 1 : 86_400_000
      let place = history.begin(
        call, of: key, as: RequestID(UInt64(requests.count)), by: "\(number)")
      requests[name] = Request(call: place, member: number)
      open[number, default: []].insert(name)
      members[number].command = name
      members[number].process?.tell("submit \(name) \(lifetime) \(words)")
    }
  }

  // What they are told.
  extension OrderProcesses {
    private func take(_ line: Line, endingOf expected: Int?) throws {
      guard line.life == members[line.member].life else { return }
      guard let text = line.text else { return try noteEnd(of: line.member, expected: expected) }
      let words = text.split(separator: " ").map(String.init)
      guard let word = words.first else { return }
      switch word {
      case "ready":
        identities[line.member] = words.last.flatMap { ReplicaID($0) }
        members[line.member].isReady = true
      case "accepted":
        acceptedCount += 1
        requests[words[1]]?.isAccepted = true
        members[line.member].command = nil
      case "decided": try decide(words[1], at: words[2], outcome: words[3])
      case "unknown": try forget(words[1])
      case "synced":
        syncs.whole += 1
        members[line.member].command = nil
      case "apart":
        syncs.cut += 1
        members[line.member].command = nil
      case "office": offices += 1
      case "visited", "voters": members[line.member].command = nil
      case "state":
        states[line.member] = words.last
        members[line.member].command = nil
      default: throw Failed(what: "member \(line.member): \(text)")
      }
    }

    private func noteEnd(of member: Int, expected: Int?) throws {
      let status = members[member].process?.status()
      members[member].process = nil
      members[member].isReady = false
      members[member].command = nil
      // One that was killed ends by a signal, and one that was told to end by itself.
      if status == nil || (status == 0 && expected == member) { return }
      throw Failed(what: "member \(member) ended with \(status ?? -1)")
    }

    private func decide(_ name: String, at place: String, outcome text: String) throws {
      guard let request = requests[name] else { return }
      if let told = request.told {
        if told == text { return }
        throw Failed(what: "request \(name) was told to be \(told), and is told to be \(text)")
      }
      let bytes = text.split(separator: ",").compactMap { UInt8($0, radix: 16) }
      let numbers = place.split(separator: ":").compactMap { UInt64($0) }
      history.answer(
        request.call, with: try RequestOutcome(binaryEncoded: bytes),
        at: numbers.count == 2 ? OrderPlace(epoch: numbers[0], number: numbers[1]) : nil)
      requests[name]?.told = text
      open[request.member]?.remove(name)
    }

    /// Takes notice that a replica does not know a request, whose client had not been told that it is durable.
    private func forget(_ name: String) throws {
      guard let request = requests[name] else { return }
      guard !request.isAccepted else {
        throw Failed(what: "request \(name) was durable, and is not known any more")
      }
      requests[name]?.told = ""
      open[request.member]?.remove(name)
    }
  }
#endif
