#if Network
  import Foundation
  @testable import MerganserNetwork
  import Merganser
  import MerganserSync
  import NIOCore
  import NIOPosix
  import Synchronization
  import TestSupport
  import Testing

  /// A connection as a transport: order, waiting, ending.
  @Suite(.timeLimit(.minutes(15))) struct TransportTests {
    /// Both ends of a connection.
    private struct Ends {
      let client: ChannelTransport
      let server: ChannelTransport
      let clientChannel: any Channel
      let listener: any Channel
    }

    private static let roads: [LinkingTests.Road] = LinkingTests.Road.allCases

    private func ends(_ road: LinkingTests.Road, in folder: TemporaryFolder) async throws -> Ends {
      let (lisbon, porto) = try pair()
      let (ours, theirs) = try road.security(of: lisbon, and: porto)
      var address = road.address(in: folder)
      let serverSetup = ChannelSetup(address: address, tls: try TLSParty(ours))
      let (accepted, sink) = AsyncStream.makeStream(of: Connection.self)
      let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelOption(.autoRead, value: false)
        .childChannelOption(.maxMessagesPerRead, value: 1)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            _ = sink.yield(try serverSetup.connection(on: channel, isClient: false))
          }
        }
      let listener =
        switch address {
        case .unix(let path): try await bootstrap.bind(unixDomainSocketPath: path).get()
        default: try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
      address = address.with(port: listener.localAddress?.port)
      let client = try await ChannelSetup(address: address, tls: try TLSParty(theirs))
        .connect(timeout: .seconds(600))
      var iterator = accepted.makeAsyncIterator()
      let server = try #require(await iterator.next())
      async let ready: Void = server.transport.ready()
      try await client.transport.ready()
      try await ready
      return Ends(
        client: client.transport, server: server.transport,
        clientChannel: client.transport.channel, listener: listener)
    }

    @Test(arguments: roads) func bytesComeInOrderAndEnd(_ road: LinkingTests.Road) async throws {
      let folder = try TemporaryFolder()
      let ends = try await ends(road, in: folder)
      let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      async let sending: Void = {
        try await ends.client.send(Array(sent.prefix(1)))
        try await ends.client.send(Array(sent.dropFirst()))
        await ends.client.close()
      }()
      var received: [UInt8] = []
      while let piece = try await ends.server.receive() {
        #expect(!piece.isEmpty)
        received += piece
      }
      try await sending
      #expect(received == sent)
      #expect(try await ends.server.receive() == nil)
      // This side knows that its own end was told.
      await #expect(throws: (any Error).self) { try await ends.client.send([1]) }
      await ends.server.close()
      await ends.client.closed()
      await ends.server.closed()
      try await ends.listener.close()
    }

    @Test(arguments: roads) func aReaderThatNeverReadsMakesTheSenderWait(_ road: LinkingTests.Road)
      async throws
    {
      let folder = try TemporaryFolder()
      let ends = try await ends(road, in: folder)
      let piece = [UInt8](repeating: 7, count: 1 << 16)
      let most = 16 << 20
      let sent = Mutex(0)
      let sending = Task {
        while sent.withLock({ $0 }) < most {
          try await ends.client.send(piece)
          sent.withLock { $0 += piece.count }
        }
      }
      // Meanwhile another reader reads as much.
      let other = try await self.ends(road, in: try TemporaryFolder())
      let busy = Task {
        for _ in 0..<most / piece.count { try await other.client.send(piece) }
        await other.client.close()
      }
      while try await other.server.receive() != nil {}
      try await busy.value
      await other.server.close()
      // What the systems of both sides keep, and one piece.
      #expect(sent.withLock { $0 } < most)
      let held = try await ends.clientChannel.getOption(.bufferedWritableBytes).get()
      #expect(held <= 2 * piece.count)
      sending.cancel()
      await #expect(throws: CancellationError.self) { try await sending.value }
      await ends.client.close()
      await ends.server.close()
      await ends.client.closed()
      try await ends.listener.close()
      try await other.listener.close()
    }

    @Test(arguments: roads) func whoIsCancelledWaitsNoMore(_ road: LinkingTests.Road) async throws {
      let folder = try TemporaryFolder()
      let ends = try await ends(road, in: folder)
      let receiving = Task { try await ends.server.receive() }
      receiving.cancel()
      await #expect(throws: CancellationError.self) { try await receiving.value }
      // What comes then is not lost.
      try await ends.client.send([1, 2, 3])
      #expect(try await ends.server.receive() == [1, 2, 3])
      let waiting = Task { try await ends.server.receive() }
      await ends.server.close()
      #expect(try await waiting.value == nil)
      await ends.client.close()
      await ends.client.closed()
      try await ends.listener.close()
    }
  }
#endif
