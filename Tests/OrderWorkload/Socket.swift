import Foundation
import Merganser

/// One end of a connected Unix socket.
struct Socket: Transport {
  let descriptor: Int32

  func send(_ bytes: [UInt8]) async throws {
    try await onThread {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        rest = rest.dropFirst(count)
      }
    }
  }

  func receive() async throws -> [UInt8]? {
    try await onThread {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
      return count == 0 ? nil : Array(bytes.prefix(count))
    }
  }

  // Whoever waits in `read` or `write` returns.
  func close() async { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Waits on a thread of its own, and holds no task up.
func onThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}

/// Makes a socket, and calls `bind` or `connect` with the address of `path`.
func makeSocket(
  at path: String, by call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws -> Int32 {
  var address = sockaddr_un()
  guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
    throw POSIXError(.ENAMETOOLONG)
  }
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  #if os(Linux)
    let kind = Int32(SOCK_STREAM.rawValue)
  #else
    let kind = SOCK_STREAM
  #endif
  let descriptor = socket(AF_UNIX, kind, 0)
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else {
    let code = errno
    close(descriptor)
    throw POSIXError(.init(rawValue: code) ?? .EIO)
  }
  return descriptor
}
