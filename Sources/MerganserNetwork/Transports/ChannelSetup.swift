#if Network
  import Foundation
  import MerganserModel
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NIOSSL

  /// Makes connections of channels.
  struct ChannelSetup: Sendable {
    let address: NetworkAddress
    /// What TLS is spoken by; `nil` for plaintext.
    let tls: TLSParty?
    var traffic = Traffic()

    /// Adds to a channel what makes a connection of it; called on the channel's event loop.
    func connection(on channel: any Channel, isClient: Bool) throws -> Connection {
      let diagnosis = Diagnosis()
      let certified = CertifiedPeer()
      let beginning: ChannelInbox.Beginning =
        address.webSocketPath != nil ? .added : tls != nil ? .secured : .connected
      let inbox = ChannelInbox(beginning, channel: channel, diagnosis: diagnosis)
      let operations = channel.pipeline.syncOperations
      if beginning != .connected { try operations.addHandler(HandshakeReading(inbox)) }
      if let tls {
        try operations.addHandler(
          isClient
            ? tls.clientHandler(to: address.host, telling: diagnosis, of: certified)
            : tls.serverHandler(telling: diagnosis, of: certified))
      }
      let bound = NIOLoopBound(inbox, eventLoop: channel.eventLoop)
      if let path = address.webSocketPath {
        if isClient {
          try WebSocketUpgrade.ask(
            on: channel, host: address.httpHost, path: path, isSecure: tls != nil, inbox: bound)
        } else {
          try WebSocketUpgrade.answer(on: channel, path: path, inbox: bound)
        }
      } else {
        try operations.addHandler(inbox)
      }
      return Connection(
        transport: ChannelTransport(channel, inbox: inbox, traffic: traffic), certified: certified,
        isSecure: tls != nil)
    }

    /// How many bytes the system takes of what is sent before it has sent them: what passes a large message waits for them.
    static let unsentBytes = 1 << 17

    /// Connects to the address.
    func connect(timeout: Duration) async throws -> Connection {
      let made = Made()
      let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(timeout))
        .channelOption(.autoRead, value: false)
        .channelOption(.maxMessagesPerRead, value: 1)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            made.set(try connection(on: channel, isClient: true))
          }
        }
      let future =
        switch address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port), .webSocket(let host, let port, _, _):
          bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.unsentBytes, value: ChannelSetup.unsentBytes)
            .connect(host: host, port: port)
        }
      let waiting = Waiting<Void>()
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          guard waiting.begin(continuation) else { return }
          future.whenComplete { result in
            let isTaken = waiting.end(
              result.map { _ in }.mapError { error in
                NetworkError.cannotConnect(address, failure: error)
              })
            if !isTaken, case .success(let channel) = result { channel.close(promise: nil) }
          }
        }
      } onCancel: {
        waiting.end(.failure(CancellationError()))
        future.whenSuccess { $0.close(promise: nil) }
      }
      guard let connection = made.connection else {
        throw NetworkError.cannotConnect(address, reason: "it was not made")
      }
      guard connection.isSecure || connection.transport.isLocal else {
        await connection.transport.close()
        throw NetworkError.plaintextNotAllowed(address)
      }
      return connection
    }
  }

  extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// How many bytes of what is sent the system takes ahead, beyond what is on its way: `TCP_NOTSENT_LOWAT`.
    static var unsentBytes: Self {
      #if canImport(Darwin)
        Self(level: .tcp, name: .init(rawValue: 0x201))
      #else
        Self(level: .tcp, name: .init(rawValue: 25))
      #endif
    }
  }

  extension NetworkError {
    /// Nobody answers at an address: why, in the system's words.
    static func cannotConnect(_ address: NetworkAddress, failure error: any Error) -> Self {
      let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
      guard let cause = cause as? IOError else {
        return .cannotConnect(address, reason: "\(cause)".shortened)
      }
      return .cannotConnect(address, reason: String(cString: strerror(cause.errnoCode)))
    }
  }

  extension NetworkAddress {
    /// The host as a request by HTTP names it; a Unix socket's is this machine.
    var httpHost: String {
      guard let host else { return "localhost" }
      let isNumber = host.contains(":")
      let port = port ?? 0
      return (isNumber ? "[\(host)]" : host) + (port == 80 || port == 443 ? "" : ":\(port)")
    }
  }
#endif
