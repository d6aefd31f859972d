#if Network
  import Foundation
  import Merganser
  import MerganserNetwork
  import Synchronization

  /// The links that a branch has now.
  final class BranchLinks: Sendable {
    private let statuses = Mutex<@Sendable () -> [NetworkStatus]>({ [] })

    /// Takes notice of where the links' status is told.
    func set(_ statuses: @escaping @Sendable () -> [NetworkStatus]) {
      self.statuses.withLock { $0 = statuses }
    }

    /// With how many others it is linked.
    var count: Int {
      let peers = statuses.withLock { $0 }().flatMap(\.peers)
      return Set(peers.filter { $0.state == .linked }.compactMap(\.replica)).count
    }

    /// What has ended links, or keeps them from being made.
    var faults: [String] {
      statuses.withLock { $0 }().flatMap { status in
        status.peers.compactMap { peer in
          peer.state == .linked ? nil : peer.lastError.map { "\(peer.address): \($0)" }
        } + (status.lastError.map { ["\($0)"] } ?? [])
      }
    }
  }

  /// A branch in this process: it answers questions, works by itself, and is linked with others.
  final class BranchHost: Sendable {
    private let branch: DemoBranch
    private let place: Int
    private let workload: DemoWorkload
    private let network: BranchNetwork
    private let links = BranchLinks()
    private let linking = Mutex<Task<Void, Never>?>(nil)
    private let broken = Mutex<[String]>([])
    private let working = Mutex<Task<Void, any Error>?>(nil)

    init(
      at store: String, place: Int, joining founder: ReplicaID?, seed: UInt64,
      network: BranchNetwork
    ) async throws {
      let bank = DemoBank()
      let replica = try await Replica.open(bank, at: store, joining: founder)
      branch = DemoBranch(place: Place(rawValue: place) ?? .lisbon, bank: bank, replica: replica)
      self.place = place
      self.network = network
      workload = DemoWorkload(seed: seed)
    }

    /// Works until it is told to end, or whoever asks is gone.
    func run(rate: Int, log: String?) async throws {
      heal()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.watch() }
        if rate > 0 {
          let transfers = try Transfers(of: branch, place: place, rate: rate, log: log)
          working.withLock { $0 = Task { try await transfers.run() } }
        }
        try answer(BranchAnswer())
        for await line in FileHandle.standardInput.lines {
          let question = try JSONDecoder().decode(BranchQuestion.self, from: Data(line.utf8))
          if case .end = question { break }
          try await execute(question)
        }
        group.cancelAll()
      }
      try await rest()
      await cut()
      try await branch.replica.close()
      try answer(BranchAnswer())
    }

    private func execute(_ question: BranchQuestion) async throws {
      var said = BranchAnswer()
      switch question {
      case .open(let account, let holder, let cents, let others):
        try await open(account, holder: holder, cents: cents, others: others)
      case .pay(let account, let cents, let request):
        said = try await pay(
          DemoWorkload.Order(request: request, account: account, cents: -cents))
      case .work(let first, let count):
        for number in first..<first + count {
          try answer(try await pay(workload.order(number, at: branch.place)))
        }
        return
      case .outcomes(let requests):
        let snapshot = branch.replica.snapshot
        said.outcomes = try requests.filter { try snapshot.outcome(of: RequestID($0)) != nil }
      case .cut: await cut()
      case .heal: heal()
      case .rest: try await rest()
      case .state: said.state = try state
      case .end: break
      }
      try answer(said)
    }

    private func open(
      _ account: UInt64, holder: String, cents: Int64, others: [String]
    ) async throws {
      let bank = branch.bank
      let receivers = others.compactMap(ReplicaID.init)
      let part = cents / Int64(receivers.count + 1)
      try await branch.replica.write { tx in
        try tx[bank.accounts, account].increment(by: cents)
        try tx[bank.holders, account].set(holder)
        for receiver in receivers where part > 0 {
          try tx[bank.accounts, account].transfer(part, of: .decrement, to: receiver)
        }
      }
    }

    private func pay(_ order: DemoWorkload.Order) async throws -> BranchAnswer {
      var said = BranchAnswer()
      said.request = order.request
      switch try await branch.execute(order) {
      case .committed: said.isPaid = true
      case .refused(let reason):
        said.isPaid = false
        said.refusal = "\(reason)"
      default: said.isPaid = false
      }
      return said
    }

    private var state: BranchState {
      get throws {
        let replica = branch.replica
        let balances = try branch.balances()
        var rights: [UInt64: Int64] = [:]
        for account in balances.keys { rights[account] = try branch.rights(to: account) }
        return BranchState(
          replica: "\(replica.id)", linked: links.count, faults: links.faults,
          digest: try replica.snapshot.digestText, balances: balances, rights: rights,
          broken: broken.withLock { $0 })
      }
    }

    private func rest() async throws {
      let task = working.withLock { $0.take() }
      task?.cancel()
      try await task?.value
    }

    // Links.

    private func heal() {
      linking.withLock { linking in
        guard linking == nil else { return }
        linking = Task { [network, branch, links] in
          do {
            try await network.run(branch.replica, watching: links)
          } catch {
            if !Task.isCancelled { note(["no links: \(error)"]) }
          }
        }
      }
    }

    private func cut() async {
      let task = linking.withLock { $0.take() }
      task?.cancel()
      _ = await task?.result
    }

    // What it shows.

    /// Looks at each state that it shows, whether it is whole.
    private func watch() async {
      var before: BranchMarks?
      for await snapshot in branch.replica.snapshots {
        do {
          let marks = try BranchMarks(snapshot, of: branch.bank)
          let faults = marks.faults(behind: before)
          before = marks
          if !faults.isEmpty { note(faults) }
        } catch { note(["\(error)"]) }
      }
    }

    private func note(_ faults: [String]) {
      broken.withLock { broken in
        if broken.count < 20 { broken += faults }
      }
    }

    // Talk.

    private func answer(_ answer: BranchAnswer) throws {
      try FileHandle.standardOutput.write(
        contentsOf: Data((JSONOutput.text(answer) + "\n").utf8))
    }
  }
#endif
