import MerganserDatabase
import MerganserLog
import MerganserTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Fills a small disk with a store until it is refused, makes room, and goes on.
struct FullDisk {
  let disk: String
  private var workload = Workload(seed: 1, heads: [:])
  private var path: String { disk + "/s" }
  private var ballast: String { disk + "/ballast" }
  private var options: LogStore.Options {
    var options = LogStore.Options()
    options.retention = Retention(history: 0, backlog: 0)
    return options
  }

  /// What happened that should not.
  struct Fault: Error {
    let text: String
  }

  init(_ disk: String) {
    self.disk = disk
  }

  /// Fills the disk as often as is asked for.
  mutating func check(rounds: Int) throws {
    let replica = ReplicaID(high: 9, low: 1)
    var store = try LogStore.create(
      at: path,
      identity: StoreIdentity(
        replica: replica, founder: replica, schema: SchemaDescription(tables: [], rules: [])),
      options: options)
    for _ in 0..<rounds {
      try layBallast()
      let refused = try fill(store)
      try expect(refused.isFullDisk, "a full disk shows as \(refused)")
      // What is there stays, and is read.
      try expect(store.snapshot().heads == workload.heads, "what is there is not what was")
      try expectFull("compacting") { () throws(StorageError) in try store.compact() }
      try expectFull("a backup") { () throws(StorageError) in try store.backup(to: disk + "/b") }
      unlink(ballast)
      // With some room it goes on, and what is taken out gives it more.
      try store.store(CheckpointStep(completes: Checkpoint(heads: workload.heads)))
      while try store.truncate() {}
      try store.compact()
      try expect(store.logSnapshot().usage.log == 0, "the log is not truncated")
      try store.close()
      let findings = try LogStore.verify(at: path).findings
      try expect(findings.isEmpty, "\(findings)")
      store = try LogStore.open(at: path, options: options)
      try expect(store.renewal == nil, "it took a new replica")
      try expect(store.snapshot().heads == workload.heads, "the log ends elsewhere")
    }
    try store.close()
  }

  private func layBallast() throws {
    let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let bytes = [UInt8](repeating: 1, count: 2 << 20)
    try expect(write(file, bytes, bytes.count) == bytes.count, "no room for the ballast")
  }

  private mutating func fill(_ store: LogStore) throws(StorageError) -> StorageError {
    while true {
      var next = workload
      let batch = next.batch()
      do throws(StorageError) { try store.append(batch) } catch { return error }
      workload = next
    }
  }

  private func expect(_ isSo: Bool, _ text: String) throws {
    if !isSo { throw Fault(text: text) }
  }

  private func expectFull(
    _ what: String, _ body: () throws(StorageError) -> Void
  ) throws {
    do throws(StorageError) { try body() } catch {
      return try expect(error.isFullDisk, "\(what) on a full disk ends with \(error)")
    }
    throw Fault(text: "there was room for \(what)")
  }
}

extension StorageError {
  fileprivate var isFullDisk: Bool {
    if case .diskFull = self { true } else { false }
  }
}
