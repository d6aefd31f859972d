import Foundation
import Merganser
import MerganserLog

/// Uses a replica in processes that were forked off from the one that opened it.
struct AfterFork {
  private let path: String
  private let shop = Shop()

  init(in folder: String) {
    path = folder + "/lisbon"
  }

  private typealias Fork = @convention(c) () -> pid_t

  /// Swift hides fork, as it is unsafe with threads.
  private static func fork() -> pid_t {
    guard let symbol = dlsym(nil, "fork") else { return -1 }
    return unsafeBitCast(symbol, to: Fork.self)()
  }

  /// How a child ends.
  private enum End: CaseIterable {
    /// It closes what it has, and says that it is done.
    case closing
    /// It returns as a program does.
    case exiting
    /// It is killed.
    case killed
  }

  func check() async throws {
    // Nothing of the rows is kept in memory, so that they are read from the disk.
    var options = ReplicaOptions()
    options.cacheLimit = 0
    options.checkpointInterval = 1000
    let replica = try await Replica.open(shop, at: path, options: options)
    for number in 0..<100 { try await write(number, to: replica) }
    try await replica.close()
    let again = try await Replica.open(shop, at: path, options: options)
    let reading = try LogStore.openForReading(at: path)
    for (number, end) in End.allCases.enumerated() {
      let status = use(again, reading: reading, end: end)
      let expected = end == .killed ? SIGKILL : 0
      guard status == expected else {
        throw Failed(text: "\(end): the child's status is \(status)")
      }
      // The parent goes on, reading and writing.
      guard try again.snapshot[shop.notes, "7"]?.value == "7" else { throw Failed(text: "a row") }
      try await write(100 + number, to: again)
      do {
        try LogStore.open(at: path).close()
        throw Failed(text: "\(end): the parent's lock is gone")
      } catch StorageError.inUse {}
    }
    reading.close()
    let (vector, digest) = (again.snapshot.vector, try again.snapshot.digest)
    try await again.close()
    let findings = try LogStore.verify(at: path).findings
    guard findings.isEmpty else { throw Failed(text: "\(findings)") }
    let last = try await Replica.open(shop, at: path, options: options)
    guard last.snapshot.vector == vector, try last.snapshot.digest == digest else {
      throw Failed(text: "what is read again is not what was written")
    }
    try await last.close()
  }

  struct Failed: Error { let text: String }

  private func write(_ number: Int, to replica: Replica<Shop>) async throws {
    try await replica.write { [shop] in try $0[shop.notes, "\(number)"].set("\(number)") }
  }

  /// Forks a child that uses the replica, and returns its status.
  private func use(_ replica: Replica<Shop>, reading: LogReading, end: End) -> Int32 {
    let snapshot = replica.snapshot
    let child = Self.fork()
    if child == 0 {
      alarm(20)
      var refused = 0
      func isRefused(_ body: () throws -> Void) {
        do { try body() } catch StorageError.closed { refused += 1 } catch {}
      }
      isRefused { _ = try snapshot[shop.notes, "8"] }
      isRefused { _ = try replica.snapshot[shop.notes, "9"] }
      isRefused { _ = try replica.log() }
      isRefused { _ = try reading.snapshot() }
      do { _ = try LogStore.open(at: path) } catch StorageError.inUse { refused += 1 } catch {}
      if refused != 5 { _exit(Int32(10 + refused)) }
      switch end {
      case .closing:
        reading.close()
        _exit(0)
      case .exiting: exit(0)
      case .killed: raise(SIGKILL)
      }
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return status
  }
}
