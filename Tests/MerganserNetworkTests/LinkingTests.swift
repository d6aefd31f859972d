#if Network
  import Merganser
  import MerganserLog
  import MerganserNetwork
  import MerganserSync
  import ServiceLifecycle
  import Logging
  import TestSupport
  import Testing

  /// Replicas on different machines hold what becomes durable at any of them.
  @Suite(.timeLimit(.minutes(15))) struct LinkingTests {
    /// Each road, with TLS and without.
    enum Road: String, CaseIterable, Sendable {
      case tcp, unix, webSocket, secureTCP, secureUnix, secureWebSocket

      var isSecure: Bool {
        switch self {
        case .secureTCP, .secureUnix, .secureWebSocket: true
        default: false
        }
      }

      func address(in folder: TemporaryFolder) -> NetworkAddress {
        switch self {
        case .tcp, .secureTCP: .loopback
        case .unix, .secureUnix: .unix(path: folder.path(of: "s"))
        case .webSocket: .webSocket
        case .secureWebSocket: .secureWebSocket
        }
      }

      /// By what two replicas know each other.
      func security(
        of lisbon: Replica<Notes>, and porto: Replica<Notes>
      ) throws -> (NetworkSecurity, NetworkSecurity) {
        guard isSecure else { return (.plaintext, .plaintext) }
        let authority = try DatabaseAuthority(of: lisbon.founder)
        return (
          .members(try authority.identity(of: lisbon.id)),
          .members(try authority.identity(of: porto.id))
        )
      }
    }

    @Test(arguments: Road.allCases) func whatIsWrittenAtEitherComesToBoth(_ road: Road)
      async throws
    {
      let folder = try TemporaryFolder()
      let (lisbon, porto) = try pair()
      try await lisbon.note("before")
      let (ours, theirs) = try road.security(of: lisbon, and: porto)
      let listener = lisbon.listen(
        on: road.address(in: folder), security: ours, options: .patient())
      try await running(listener) { address in
        let connector = porto.connect(to: address, security: theirs, options: .patient())
        try await running(connector) {
          try await porto.shows("before")
          try await porto.note("from porto")
          try await lisbon.shows("from porto")
          // More than any piece, and more than all buffers of a socket.
          let large = String(repeating: "large ", count: 1_000_000)
          try await lisbon.note("large", text: large)
          try await porto.shows("large", text: large)
          let here = await listener.waits { $0.peers.first?.state == .linked }
          #expect(here.peers.map(\.replica) == [porto.id])
          let there = await connector.waits { $0.peers.first?.state == .linked }
          #expect(there.peers.map(\.replica) == [lisbon.id])
          #expect(there.peers.map(\.address) == ["\(address)"])
        }
        // The connector has drained; what is written now does not come.
        try await lisbon.note("after")
      }
      #expect(try !porto.has("after"))
    }

    @Test func aLinkIsMadeAgainWhereTheListenerWasClosedAndOpened() async throws {
      let folder = try TemporaryFolder()
      let (lisbon, porto) = try pair()
      let address = NetworkAddress.unix(path: folder.path(of: "s"))
      let connector = porto.connect(to: address, security: .plaintext, options: .patient())
      try await running(connector) {
        // Nobody listens at first.
        let failed = await connector.waits { $0.peers.first?.lastError != nil }
        #expect(
          throws: NetworkError.self, performing: { if let error = failed.lastError { throw error } }
        )
        for round in 0..<3 {
          let listener = lisbon.listen(on: address, security: .plaintext, options: .patient())
          try await running(listener) { _ in
            try await lisbon.note("round \(round)")
            try await porto.shows("round \(round)")
          }
          #expect(listener.status.peers.isEmpty)
        }
      }
    }

    @Test func manyPeersComeToTheSame() async throws {
      let lisbon = try Replica(notes)
      let authority = try DatabaseAuthority(of: lisbon.founder)
      let listener = lisbon.listen(
        on: .loopback, security: .members(try authority.identity(of: lisbon.id)),
        options: .patient())
      try await running(listener) { address in
        let others = try (0..<8).map { _ in try Replica(notes, joining: lisbon.founder) }
        let connectors = try others.map { other in
          other.connect(
            to: address, security: .members(try authority.identity(of: other.id)),
            options: .patient())
        }
        let runs = connectors.map { connector in Task { try await connector.run() } }
        for (number, other) in others.enumerated() { try await other.note("note \(number)") }
        for number in others.indices {
          for other in others { try await other.shows("note \(number)") }
        }
        for connector in connectors { connector.drain() }
        for run in runs { try await run.value }
      }
    }

    @Test func aStoreThatNoProgramHasOpenHandsOn() async throws {
      let folder = try TemporaryFolder()
      let first = try await Replica.open(notes, at: folder.path(of: "relay"))
      let founder = first.founder
      try await first.note("first")
      try await first.close()
      let store = try LogStore.open(at: folder.path(of: "relay"))
      let relay = try StorePeer(store)
      let (lisbon, porto) = (
        try Replica(notes, joining: founder), try Replica(notes, joining: founder)
      )
      let listener = relay.listen(on: .loopback, security: .plaintext, options: .patient())
      try await running(listener) { address in
        let connectors = [lisbon, porto].map {
          $0.connect(to: address, security: .plaintext, options: .patient())
        }
        let runs = connectors.map { connector in Task { try await connector.run() } }
        try await lisbon.note("by the relay")
        try await porto.shows("by the relay")
        try await porto.shows("first")
        for connector in connectors { connector.drain() }
        for run in runs { try await run.value }
      }
    }

    @Test func cancellationEndsBothAtOnce() async throws {
      let (lisbon, porto) = try pair()
      let listener = lisbon.listen(on: .loopback, security: .plaintext, options: .patient())
      let listening = Task { try await listener.run() }
      let connector = porto.connect(
        to: [try await listener.address, .tcp(host: "127.0.0.1", port: 1)], security: .plaintext,
        options: .patient {
          $0.firstRetry = .seconds(3600); $0.longestRetry = .seconds(3600)
        })
      let connecting = Task { try await connector.run() }
      await listener.waits { $0.peers.first?.state == .linked }
      // The other one waits to be tried again.
      await connector.waits { status in
        status.peers.contains { if case .waiting = $0.state { true } else { false } }
      }
      connecting.cancel()
      await #expect(throws: CancellationError.self) { try await connecting.value }
      listening.cancel()
      await #expect(throws: CancellationError.self) { try await listening.value }
    }

    @Test func aServiceGroupThatShutsDownDrains() async throws {
      let (lisbon, porto) = try pair()
      let listener = lisbon.listen(on: .loopback, security: .plaintext, options: .patient())
      let group = ServiceGroup(
        configuration: .init(services: [.init(service: listener)], logger: Logger(label: "test")))
      let run = Task { try await group.run() }
      let address = try await listener.address
      let other = porto.connect(to: address, security: .plaintext, options: .patient())
      let otherRun = Task { try await other.run() }
      try await lisbon.note("before")
      try await porto.shows("before")
      await group.triggerGracefulShutdown()
      try await run.value
      other.drain()
      try await otherRun.value
    }

    @Test func itRunsOnce() async throws {
      let (lisbon, _) = try pair()
      let listener = lisbon.listen(on: .loopback, security: .plaintext, options: .patient())
      try await running(listener) { _ in
        await #expect(throws: SyncError.inUse) { try await listener.run() }
      }
    }

    @Test func withoutTLSNothingLeavesTheMachine() async throws {
      let (lisbon, _) = try pair()
      for text in ["tcp://0.0.0.0:0", "tcp://example.org:1", "tcp://[::]:1"] {
        let address = try NetworkAddress(text)
        await #expect(throws: NetworkError.plaintextNotAllowed(address)) {
          try await lisbon.listen(on: address, security: .plaintext).run()
        }
        await #expect(throws: NetworkError.plaintextNotAllowed(address)) {
          try await lisbon.connect(to: address, security: .plaintext).run()
        }
      }
      await #expect(throws: NetworkError.schemeContradictsSecurity(.secureWebSocket)) {
        try await lisbon.listen(on: .secureWebSocket, security: .plaintext).run()
      }
      let identity = try DatabaseAuthority(of: lisbon.founder).identity(of: lisbon.id)
      await #expect(throws: NetworkError.schemeContradictsSecurity(.webSocket)) {
        try await lisbon.listen(on: .webSocket, security: .members(identity)).run()
      }
    }
  }
#endif
