#if Network
  import Foundation
  import Merganser
  import MerganserNetwork
  import TestSupport
  import Testing

  /// Two hundred links to one replica stand, and each is told what is written.
  @Suite(.timeLimit(.minutes(15))) struct IdleLinkTests {
    @Test func twoHundredStandAndAreToldWhatIsWritten() async throws {
      let lisbon = try Replica(notes)
      let authority = try DatabaseAuthority(of: lisbon.founder)
      let listener = lisbon.listen(
        on: .loopback, security: .members(try authority.identity(of: lisbon.id)),
        options: .patient { $0.handshakes = 200 })
      try await running(listener) { address in
        let others = try (0..<200).map { _ in try Replica(notes, joining: lisbon.founder) }
        let connectors = try others.map { other in
          other.connect(
            to: address, security: .members(try authority.identity(of: other.id)),
            options: .patient())
        }
        let runs = connectors.map { connector in Task { try await connector.run() } }
        await listener.waits { status in
          status.peers.count == 200 && status.peers.allSatisfy { $0.state == .linked }
        }
        // How much they cost is told by hand: MERGANSER_IDLE_SECONDS=20 and the process's own figures.
        if let pause = ProcessInfo.processInfo.environment["MERGANSER_IDLE_SECONDS"].flatMap(
          Int.init)
        {
          try await Task.sleep(for: .seconds(pause))
        }
        try await lisbon.note("to all")
        for other in others { try await other.shows("to all") }
        for connector in connectors { connector.drain() }
        for run in runs { try await run.value }
        await listener.waits { $0.peers.isEmpty }
      }
    }
  }
#endif
