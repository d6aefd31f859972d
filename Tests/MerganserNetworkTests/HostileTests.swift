#if Network
  import Foundation
  import Merganser
  @testable import MerganserNetwork
  import MerganserSync
  import MerganserTypes
  import NIOCore
  import NIOPosix
  import TestSupport
  import Testing

  /// Whatever the other side does, it is refused by name, and nothing grows.
  @Suite(.timeLimit(.minutes(15))) struct HostileTests {
    /// Connects to a listener, and sends bytes.
    private func connect(to address: NetworkAddress, sending bytes: [UInt8] = []) async throws
      -> any Channel
    {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: try #require(address.port)).get()
      // The listener may have closed the connection by then.
      if !bytes.isEmpty { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
      return channel
    }

    /// What a listener says of a side that sends bytes and no greeting.
    private func refusal(
      of bytes: [UInt8], at address: NetworkAddress = .loopback,
      options: NetworkOptions = .patient(), isEnding: Bool = false
    ) async throws -> (any Error)? {
      let listener = try Replica(notes).listen(on: address, security: .plaintext, options: options)
      return try await running(listener) { address in
        let channel = try await connect(to: address, sending: bytes)
        if isEnding { try await channel.close() }
        let status = await listener.waits { $0.lastError != nil && $0.peers.isEmpty }
        #expect(status.failed == 1)
        try? await channel.close()
        return status.lastError
      }
    }

    @Test func whatIsNoSyncIsRefused() async throws {
      #expect(try await refusal(of: Array("GET / HTTP/1.1\r\n\r\n".utf8)) as? SyncError == .notSync)
      #expect(try await refusal(of: [0xFF]) as? SyncError == .notSync)
      // A record of TLS.
      #expect(try await refusal(of: [22, 3, 1, 0, 5]) as? NetworkError == .peerSpeaksTLS)
    }

    @Test func whoClosesBeforeItGreetsIsTold() async throws {
      #expect(
        try await refusal(of: [], isEnding: true) as? NetworkError == .closedBeforeGreeting)
    }

    @Test func whoSaysNothingIsEnded() async throws {
      let limit = Duration.milliseconds(50)
      for bytes in [[], Array("MERGSYNC".utf8)] {
        let error = try await refusal(of: bytes, options: .patient { $0.handshakeTime = limit })
        #expect(error as? NetworkError == .handshakeTooSlow(limit: limit))
      }
    }

    @Test func aGreetingWithoutEndIsRefused() async throws {
      // A greeting's frames of which each says that another follows.
      let listener = try Replica(notes).listen(
        on: .loopback, security: .plaintext, options: .patient())
      try await running(listener) { address in
        let channel = try await connect(to: address, sending: MessageEncoder.preface)
        let frame = [UInt8](repeating: 0, count: 1 << 16)
        try await channel.writeAndFlush(
          ByteBuffer(bytes: [0x86, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 8) + frame))
        let status = await listener.waits { $0.lastError != nil }
        guard case SyncError.damaged? = status.lastError else {
          Issue.record("\(String(describing: status.lastError))")
          return
        }
        try? await channel.close()
      }
    }

    @Test func whatAsksForNoWebSocketIsRefused() async throws {
      for request in [
        "GET /sync HTTP/1.1\r\nHost: a\r\n\r\n", "POST /sync HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "GET /other HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n",
      ] {
        let error = try await refusal(of: Array(request.utf8), at: .webSocket)
        guard case NetworkError.notWebSocket? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      // Headers without end.
      let endless = try await refusal(
        of: Array(("GET /sync HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 60_000)).utf8),
        at: .webSocket)
      #expect(endless is NetworkError)
    }

    @Test func aListenerThatIsNoWebSocketIsNamed() async throws {
      let (lisbon, porto) = try pair()
      let listener = lisbon.listen(on: .webSocket, security: .plaintext, options: .patient())
      try await running(listener) { address in
        let other = NetworkAddress.webSocket(
          host: "127.0.0.1", port: try #require(address.port), path: "/elsewhere", isSecure: false)
        let connector = porto.connect(to: other, security: .plaintext, options: .patient())
        try await running(connector) {
          let status = await connector.waits { $0.peers.first?.lastError != nil }
          guard case NetworkError.notWebSocket? = status.lastError else {
            Issue.record("\(String(describing: status.lastError))")
            return
          }
        }
      }
    }

    @Test func aFloodIsRefusedAndLoggedOnce() async throws {
      let (logger, lines) = loggerInMemory()
      let (lisbon, porto) = try pair()
      let listener = lisbon.listen(
        on: .loopback, security: .plaintext, options: .patient { $0.handshakes = 4 },
        logger: logger)
      try await running(listener) { address in
        var channels: [any Channel] = []
        for _ in 0..<104 { channels.append(try await connect(to: address)) }
        let status = await listener.waits { $0.refused == 100 }
        #expect(status.peers.count == 4)
        #expect(status.lastError as? NetworkError == .tooManyHandshakes(limit: 4))
        #expect(lines.entries.count { "\($0.message)".contains("refused") } == 1)
        for channel in channels { try? await channel.close() }
        await listener.waits { $0.peers.isEmpty }
        // There is room again.
        let connector = porto.connect(to: address, security: .plaintext, options: .patient())
        try await running(connector) {
          try await lisbon.note("behind the flood")
          try await porto.shows("behind the flood")
        }
      }
    }

    @Test func thereAreNoMoreConnectionsThanMayBe() async throws {
      let lisbon = try Replica(notes)
      let others = try (0..<3).map { _ in try Replica(notes, joining: lisbon.founder) }
      let listener = lisbon.listen(
        on: .loopback, security: .plaintext, options: .patient { $0.connections = 2 })
      try await running(listener) { address in
        let connectors = others.map {
          $0.connect(to: address, security: .plaintext, options: .patient())
        }
        let runs = connectors.map { connector in Task { try await connector.run() } }
        let status = await listener.waits { $0.refused > 0 }
        #expect(status.lastError as? NetworkError == .tooManyConnections(limit: 2))
        #expect(status.peers.count <= 2)
        for connector in connectors { connector.drain() }
        for run in runs { try await run.value }
      }
    }
  }
#endif
