import MerganserDatabase
import MerganserModel
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
  private var options: ReplicaOptions {
    var options = ReplicaOptions()
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
        replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: [])),
      options: options)
    for _ in 0..<rounds {
      try layBallast(of: 2 << 20)
      let refused = try fill(store)
      try expect(refused.isFullDisk, text: "a full disk shows as \(refused)")
      // What is there stays, and is read.
      try expect(store.snapshot().heads == workload.heads, text: "what is there is not what was")
      try expectFull("compacting") { () throws(StorageError) in try store.compact() }
      try expectFull("a backup") { () throws(StorageError) in try store.backup(to: disk + "/b") }
      unlink(ballast)
      // With some room it goes on, and what is taken out gives it more.
      try store.store(CheckpointStep(completes: Checkpoint(heads: workload.heads)))
      while try store.truncate() {}
      try store.compact()
      try expect(store.logSnapshot().usage.log == 0, text: "the log is not truncated")
      try store.close()
      let findings = try LogStore.verify(at: path).findings
      try expect(findings.isEmpty, text: "\(findings)")
      store = try LogStore.open(at: path, options: options)
      try expect(store.renewal == nil, text: "it took a new replica")
      try expect(store.snapshot().heads == workload.heads, text: "the log ends elsewhere")
    }
    try store.close()
  }

  /// Opens, compacts, adopts, and backs up, at every size of free space from none on.
  ///
  /// Each goes well or says that the disk is full, the store is then what it was, and no process ends. What
  /// is opened has no lock yet, as a copy has none.
  mutating func checkSmallRooms(upTo limit: Int) throws {
    let replica = ReplicaID(high: 9, low: 1)
    var store = try LogStore.create(
      at: path,
      identity: StoreIdentity(
        replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: [])),
      options: options)
    for _ in 0..<20 { try store.append(workload.batch()) }
    try store.store(workload.step())
    var (done, refused) = (0, 0)
    func attempt(_ what: String, body: () throws(StorageError) -> Void) throws {
      do throws(StorageError) {
        try body()
        done += 1
      } catch {
        try expect(error.isFullDisk, text: "\(what) on a full disk ends with \(error)")
        refused += 1
      }
    }
    for room in stride(from: 0, through: limit, by: 4096) {
      for way in ["open", "read", "compact", "adopt", "back up"] {
        let isOpening = way == "open" || way == "read"
        if isOpening {
          try store.close()
          for name in ["000001", "000002", "000003"] { unlink("\(path)/\(name).mdb-lock") }
        }
        try layBallast(leaving: room)
        try attempt("to \(way)") { () throws(StorageError) in
          switch way {
          case "open": try LogStore.open(at: path, options: options).close()
          case "read":
            let reading = try LogStore.openForReading(at: path)
            defer { reading.close() }
            _ = try reading.snapshot()
          case "compact": try store.compact()
          case "adopt":
            var next = workload
            var step = next.step()
            step.completes = Checkpoint(heads: next.heads)
            next.state.apply(step)
            let shadow = try store.beginShadow()
            defer { shadow.discard() }
            try shadow.store(step)
            try store.replace(with: shadow)
            workload = next
          default: try store.backup(to: disk + "/b")
          }
        }
        unlink(ballast)
        for name in ["CURRENT", "OWNER", "000001.mdb"] { unlink("\(disk)/b/\(name)") }
        if isOpening {
          store = try LogStore.open(at: path, options: options)
          try expect(store.renewal == nil, text: "it took a new replica")
        }
        let snapshot = try store.snapshot()
        let isSame =
          try snapshot.heads == workload.heads && StoredModel(snapshot.state) == workload.state
        try expect(isSame, text: "with \(room) bytes free, to \(way): it is not what it was")
      }
      // It takes more, as long as there is room.
      try store.append(workload.batch())
      try store.compact()
    }
    try store.close()
    try expect(try LogStore.verify(at: path).isSound, text: "it is not sound")
    try expect(done > 10 && refused > 10, text: "\(done) went well, and \(refused) did not")
  }

  private func layBallast(of size: Int) throws {
    let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let bytes = [UInt8](repeating: 1, count: size)
    try expect(write(file, bytes, bytes.count) == bytes.count, text: "no room for the ballast")
  }

  /// Leaves so much of the disk free.
  private func layBallast(leaving room: Int) throws {
    unlink(ballast)
    let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let page = [UInt8](repeating: 1, count: 4096)
    while write(file, page, page.count) == page.count {}
    let size = lseek(file, 0, SEEK_END)
    try expect(
      Int(size) > room && ftruncate(file, size - off_t(room)) == 0, text: "no room for ballast")
  }

  private mutating func fill(_ store: LogStore) throws(StorageError) -> StorageError {
    while true {
      var next = workload
      let batch = next.batch()
      do throws(StorageError) { try store.append(batch) } catch { return error }
      workload = next
    }
  }

  private func expect(_ isSo: Bool, text: String) throws {
    if !isSo { throw Fault(text: text) }
  }

  private func expectFull(
    _ what: String, body: () throws(StorageError) -> Void
  ) throws {
    do throws(StorageError) { try body() } catch {
      return try expect(error.isFullDisk, text: "\(what) on a full disk ends with \(error)")
    }
    throw Fault(text: "there was room for \(what)")
  }
}

extension StorageError {
  fileprivate var isFullDisk: Bool {
    if case .diskFull = self { true } else { false }
  }
}
