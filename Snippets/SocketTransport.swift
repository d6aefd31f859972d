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
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  return descriptor
}

struct Notes: Schema {
  let notes = Table<String, LWWRegister<String>>("notes")
}

/// Writes a note, syncs, and prints all notes.
func exchange(_ replica: Replica<Notes>, at store: String, over socket: Socket) async throws {
  let notes = replica.schema.notes
  try await replica.write { tx in
    try tx[notes, "written at \(store)"].set("by process \(getpid())")
  }
  let report = try await replica.sync(over: socket)
  print("received \(report.received), sent \(report.sent)")
  for row in try replica.snapshot.rows(notes) { print(row.key, row.value.value ?? "") }
  try await replica.close()
}

/// Why the program's arguments make no sense.
struct ArgumentError: Error, CustomStringConvertible {
  let description: String
}

func run(_ arguments: [String]) async throws {
  switch arguments.first {
  case "listen" where arguments.count == 3:
    let replica = try await Replica.open(Notes(), at: arguments[1])
    unlink(arguments[2])  // the socket of an earlier run, over which `bind` fails
    let listener = try makeSocket(at: arguments[2], by: bind)
    listen(listener, 1)
    FileHandle.standardOutput.write(Data("\(replica.founder)\n".utf8))
    let descriptor = try await onThread { accept(listener, nil, nil) }
    try await exchange(replica, at: arguments[1], over: Socket(descriptor: descriptor))
  case "connect" where arguments.count == 4:
    // With `joining: nil`, the new store would found a database of its own.
    guard let founder = ReplicaID(arguments[3]) else {
      throw ArgumentError(description: "\"\(arguments[3])\" is no founder's id")
    }
    let replica = try await Replica.open(Notes(), at: arguments[1], joining: founder)
    let descriptor = try makeSocket(at: arguments[2], by: connect)
    try await exchange(replica, at: arguments[1], over: Socket(descriptor: descriptor))
  default:
    throw ArgumentError(description: "listen STORE SOCKET | connect STORE SOCKET FOUNDER")
  }
}

signal(SIGPIPE, SIG_IGN)  // a peer that has gone is an error of `write`, then
do {
  try await run(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
