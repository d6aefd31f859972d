// Two processes sync their replicas over a Unix socket.
import Foundation
import Merganser

/// One end of a connected socket.
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

  /// Waits on a thread of its own, and holds no task up.
  private func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }
}

struct Notes: Schema {
  let notes = Table<String, LWWRegister<String>>("notes")
}

let arguments = CommandLine.arguments  // listen STORE SOCKET | connect STORE SOCKET FOUNDER
signal(SIGPIPE, SIG_IGN)
let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)

/// Calls `bind` or `connect` with the address of the socket at `path`.
func call(
  _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, descriptor: Int32,
  path: String
) throws {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
}

let founder = arguments.count > 4 ? ReplicaID(arguments[4]) : nil
let replica = try await Replica.open(Notes(), at: arguments[2], joining: founder)
try await replica.write { [notes = replica.schema.notes] tx in
  try tx[notes, "written at \(arguments[2])"].set("by process \(getpid())")
}
let peer: Socket
if arguments[1] == "listen" {
  try call(bind, descriptor: descriptor, path: arguments[3])
  listen(descriptor, 1)
  FileHandle.standardOutput.write(Data("\(replica.founder)\n".utf8))
  peer = Socket(descriptor: accept(descriptor, nil, nil))
} else {
  try call(connect, descriptor: descriptor, path: arguments[3])
  peer = Socket(descriptor: descriptor)
}
let report = try await replica.sync(over: peer)
print("received \(report.received), sent \(report.sent)")
for row in try replica.snapshot.rows(replica.schema.notes) { print(row.key, row.value.value ?? "") }
try await replica.close()
