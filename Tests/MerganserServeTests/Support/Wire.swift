#if Network
  import Foundation
  import MerganserNetwork
  import TestSupport
  import Testing

  /// A connection of this machine, by which bytes are sent as they are given.
  final class Wire: Sendable {
    private let descriptor: Int32

    /// Connects to a Unix socket.
    init(to path: String) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// Sends a text; whether the other side still takes it.
    @discardableResult
    func send(_ text: String) -> Bool {
      let bytes = Array(text.utf8)
      return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        == bytes.count
    }

    /// What comes until it is enough, or the other side closes.
    func receive(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async
      -> String
    {
      await withCheckedContinuation { continuation in
        Thread.detachNewThread { [descriptor] in
          var all: [UInt8] = []
          var buffer = [UInt8](repeating: 0, count: 1 << 16)
          while !isEnough(String(decoding: all, as: UTF8.self)) {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            all += buffer[..<count]
          }
          continuation.resume(returning: String(decoding: all, as: UTF8.self))
        }
      }
    }
  }

  /// Runs a server that answers at a Unix socket while `body` runs, which is given the socket's path.
  func answering(
    _ limits: HTTPLimits, by answer: @escaping @Sendable (HTTPQuestion) async -> HTTPAnswer,
    body: (String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "s")
    let server = HTTPServer(at: .unix(path: path), limits: limits, answer: answer)
    let run = Task { try await server.run() }
    defer { run.cancel() }
    _ = try await server.address
    try await body(path)
    run.cancel()
    try await run.value
  }
#endif
