import Merganser
import MerganserDatabase
import MerganserSync
import Synchronization
import TestSupport
import Testing

/// What goes over the links of several replicas: nothing to who is known to hold it.
@Suite(.timeLimit(.minutes(15))) struct LinkMeshTests {
  private let bank = Bank()

  /// One end of a pipe that counts what is sent.
  private final class Tap: Transport {
    private let end: LocalPipe
    private let sent: Mutex<(decoder: MessageDecoder, versions: Int)>

    init(_ end: LocalPipe) {
      self.end = end
      var decoder = MessageDecoder(limit: 1 << 30)
      decoder.isGreeted = true
      sent = Mutex((decoder, 0))
    }

    /// How many versions were sent.
    var versions: Int { sent.withLock { $0.versions } }

    func send(_ bytes: [UInt8]) async throws {
      try sent.withLock { sent in
        sent.decoder.append(bytes)
        while let message = try sent.decoder.next() {
          if case .versions(let versions) = message { sent.versions += versions.count }
        }
      }
      try await end.send(bytes)
    }

    func receive() async throws -> [UInt8]? { try await end.receive() }

    func close() async { await end.close() }
  }

  /// Who is linked with whom.
  enum Shape: String, CaseIterable, Sendable {
    case pair, star, ring, mesh

    /// How often a version may go at most to each who lacks it: by each way that leads there.
    var most: Int {
      switch self {
      case .pair, .star: 1
      case .ring: 2
      case .mesh: 3
      }
    }

    var edges: [(Int, Int)] {
      switch self {
      case .pair: [(0, 1)]
      case .star: [(0, 1), (0, 2), (0, 3)]
      case .ring: [(0, 1), (1, 2), (2, 3), (3, 0)]
      case .mesh: [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
      }
    }
  }

  /// All neighbours acknowledge each write before any meeting, also those whom it has reached by another way.
  @Test(arguments: Shape.allCases)
  func allNeighboursAcknowledgeWhatTheyHold(_ shape: Shape) async throws {
    let first = try Replica(bank)
    let replicas = [first] + (try (0..<3).map { _ in try Replica(bank, joining: first.founder) })
    var limits = SyncLimits()
    (limits.meeting, limits.silence) = (.seconds(86_400), .seconds(3600))
    let links = shape.edges.flatMap { one, other in
      let (here, there) = LocalPipe.ends()
      return [
        replicas[one].link(over: here, limits: limits),
        replicas[other].link(over: there, limits: limits),
      ]
    }
    let runs = links.map { link in Task { try await link.run() } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for place in Set(shape.edges.flatMap { [$0.0, $0.1] }) {
        let neighbours = shape.edges.count { $0.0 == place || $0.1 == place }
        group.addTask { [bank] in
          for _ in 0..<30 {
            try await replicas[place].write(
              acknowledgedBy: .replicas(neighbours + 1), within: .seconds(30)
            ) { try $0[bank.accounts, "\(place)"].increment(by: 1) }
          }
        }
      }
      try await group.waitForAll()
    }
    for run in runs { run.cancel() }
  }

  @Test(arguments: Shape.allCases)
  func nothingIsSentToWhoIsKnownToHoldIt(_ shape: Shape) async throws {
    let first = try Replica(bank)
    var replicas = [first]
    for _ in 1..<(shape == .pair ? 2 : 4) {
      replicas.append(try Replica(bank, joining: first.founder))
    }
    var limits = SyncLimits()
    limits.silence = .seconds(3600)
    var taps: [Tap] = []
    var links: [Link] = []
    for (one, other) in shape.edges {
      let (here, there) = LocalPipe.ends()
      for (replica, end) in [(replicas[one], here), (replicas[other], there)] {
        let tap = Tap(end)
        taps.append(tap)
        links.append(replica.link(over: tap, limits: limits))
      }
    }
    let runs = links.map { link in Task { try await link.run() } }
    let rounds = Int64(50)
    try await withThrowingTaskGroup { group in
      for replica in replicas {
        group.addTask { [bank] in
          for _ in 0..<rounds {
            try await replica.write { try $0[bank.accounts, "\(replica.id)"].increment(by: 1) }
          }
        }
      }
      try await group.waitForAll()
    }
    for replica in replicas {
      for await snapshot in replica.snapshots {
        let amounts = try replicas.map { try snapshot[bank.accounts, "\($0.id)"]?.value ?? 0 }
        if amounts.allSatisfy({ $0 == rounds }) { break }
      }
    }
    for link in links { link.drain() }
    for run in runs { #expect(try await run.value == .drained) }
    let sent = taps.reduce(0) { $0 + $1.versions }
    let needed = (replicas.count - 1) * replicas.count * Int(rounds)
    // Where there is one way from each to each, nothing comes twice. Where there are several, two may send the same at the same
    // moment, and neither can know; but nobody sends back what it was sent.
    #expect(sent >= needed && sent <= shape.most * needed)
    #expect(links.reduce(0) { $0 + $1.report.received } == needed)
  }
}
