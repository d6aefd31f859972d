import CFileFaults
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

/// Does one thing to a store in a process of its own, which may end badly.
///
/// Exit status 0: done, with what was found on standard output. 3: a ``StorageError``, on standard
/// output too. Anything else, and every signal, is a fault.
@main
enum LogWorkload {
  static func main() {
    // What hangs is a fault like any other.
    alarm(60)
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else { return fail("usage: LogWorkload <command> <store> …") }
    let path = arguments[2]
    let numbers = arguments.dropFirst(3).compactMap { UInt64($0) }
    do throws(StorageError) {
      switch arguments[1] {
      case "read": try digest(path)
      case "scan": try digest(path, reading: false)
      case "create": try create(path)
      case "open": try LogStore.open(at: path).close()
      case "use-and-die" where numbers.count == 1: try useAndDie(path, call: Int(numbers[0]))
      case "spine":
        let reading = try LogStore.openForReading(at: path)
        print(try StoredModel.gapInSpine(of: reading.snapshot()) ?? "whole")
        reading.close()
      case "verify": print(try LogStore.verify(at: path).findings.map(\.description))
      case "write":
        try append(to: path, seed: numbers.first ?? 0, rounds: numbers.dropFirst().first)
      case "write-and-compact":
        try append(to: path, seed: numbers.first ?? 0, rounds: nil, compacts: true)
      case "open-unprivileged": try openUnprivileged(path)
      case "read-unprivileged": try readUnprivileged(path)
      case "full-disk": fillDisk(path)
      case "small-rooms": fillDiskButForSmallRooms(path)
      case "fork": try useAfterFork(path)
      case "cut" where numbers.count == 1:
        try useWhileCut(path, at: Int(numbers[0]), doing: arguments[4])
      case "hold": try hold(path)
      case "hold-snapshots": try holdSnapshots(path)
      case "record" where numbers.count == 2, "record-hasty" where numbers.count == 2:
        try RecordedRun.record(
          path, trace: arguments[3], seed: numbers[0], rounds: numbers[1],
          durability: arguments[1] == "record" ? .onDisk : .survivesProcessCrash)
      case "crash" where numbers.count == 2:
        checkCrashes(path, trace: arguments[3], seed: numbers[0], count: Int(numbers[1]))
      case "faulty" where numbers.count == 2:
        checkFaults(path, step: Int(numbers[0]), seed: numbers[1])
      default: fail("unknown command \(arguments[1])")
      }
    } catch {
      print(error)
      exit(3)
    }
  }

  /// Checks states in which a power failure could have left what a trace records.
  static func checkCrashes(_ folder: String, trace path: String, seed: UInt64, count: Int) {
    alarm(0)
    var bytes: [UInt8] = []
    let file = open(path, O_RDONLY)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = read(file, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
    }
    close(file)
    guard let trace = Trace(bytes) else { return fail("\(path) is no trace") }
    var states = CrashStates(trace, folder: folder, seed: seed)
    states.check(count)
    for fault in states.faults { say(fault) }
    say("\(states.checked) states, \(states.faults.count) faults")
    exit(states.faults.isEmpty ? 0 : 1)
  }

  /// Fills a small disk again and again.
  static func fillDisk(_ disk: String) {
    var full = FullDisk(disk)
    do { try full.check(rounds: 3) } catch { return fail("\(error)") }
    say("3 rounds")
  }

  /// Uses a small disk at every size of free space over a range.
  static func fillDiskButForSmallRooms(_ disk: String) {
    alarm(0)
    var full = FullDisk(disk)
    do { try full.checkSmallRooms(upTo: 400_000) } catch { return fail("\(error)") }
    say("all rooms")
  }

  /// Lets calls to the system fail, one in `step`, each in turn.
  static func checkFaults(_ folder: String, step: Int, seed: UInt64) {
    alarm(0)
    var disk = FaultyDisk(folder: folder)
    disk.check(step: max(1, step), seed: seed)
    for fault in disk.faults { say(fault) }
    say("\(disk.trials) trials, \(disk.faults.count) faults")
    exit(disk.faults.isEmpty ? 0 : 1)
  }

  static func fail(_ message: String) {
    say(message)
    exit(2)
  }

  /// Prints a line in one write, so that it is never seen by half.
  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    if write(1, bytes, bytes.count) != bytes.count { exit(4) }
  }

  /// Creates an empty store whose identity is always the same.
  static func create(_ path: String) throws(StorageError) {
    let schema = SchemaDescription(
      tables: [.init(name: "rows", key: "Int", value: "GSet")], invariants: [])
    let replica = ReplicaID(high: 9, low: 1)
    let identity = StoreIdentity(replica: replica, founder: replica, schema: schema)
    try LogStore.create(at: path, identity: identity).close()
  }

  /// Prints a digest of everything that the store holds: of the payloads, scanned, of the versions,
  /// read, and of the rows.
  static func digest(_ path: String, reading: Bool = true) throws(StorageError) {
    let store = try LogStore.openForReading(at: path)
    let snapshot = try store.snapshot()
    var digest = store.identity.replica.low
    let truncatedTo = snapshot.truncatedTo
    for (origin, head) in snapshot.heads.sorted(by: { $0.key < $1.key }) {
      let start = truncatedTo[origin]?.sequence ?? 0
      digest = (digest &* 31 &+ origin.low) &* 31 &+ head.hash
      // First without the links between versions, by which damage would show as well.
      try snapshot.scan(origin, after: start) { payload in
        payload.withUnsafeBytes { for byte in $0 { digest = digest &* 31 &+ UInt64(byte) } }
        return true
      }
      if !reading { continue }
      let reader = try snapshot.versions(of: origin, after: start)
      while let version = try reader.next() {
        digest = (digest &* 31 &+ version.hash) &* 31 &+ version.sequences.upperBound
      }
    }
    digest = digest &+ (try StoredModel(snapshot.state).digest)
    print("digest \(digest)")
  }

  /// Appends batches for ever, or as many as are asked for, stores rows and takes versions out now and
  /// then, and prints each origin's last sequence number and the rows' generation once they are stored.
  static func append(
    to path: String, seed: UInt64, rounds: UInt64?, compacts: Bool = false
  ) throws(StorageError) {
    alarm(0)
    var options = ReplicaOptions()
    options.retention = RecordedRun.retention
    let store = try LogStore.open(at: path, options: options)
    var workload = try Workload(seed: seed, snapshot: store.snapshot())
    var round: UInt64 = 0
    while round < rounds ?? .max {
      let batch = workload.batch()
      try store.append(batch)
      if round % 4 == 1 { try store.store(workload.step()) }
      if round % 12 == 7 { _ = try store.truncate() }
      if compacts, round % 12 == 9 { try store.compact() }
      var line = ""
      for (place, origin) in workload.origins.enumerated() {
        line += "\(place):\(workload.heads[origin]?.sequence ?? 0) "
      }
      say(line + "rows:\(workload.state.generation ?? 0)")
      round += 1
    }
    try store.close()
  }

  /// Opens the store as a user who may not write there.
  static func openUnprivileged(_ path: String) throws(StorageError) {
    if getuid() == 0, setgid(65534) != 0 || setuid(65534) != 0 { return fail("setuid") }
    try LogStore.open(at: path).close()
  }

  /// Reads the store as a user who may not write there, until standard input ends.
  static func readUnprivileged(_ path: String) throws(StorageError) {
    if getuid() == 0, setgid(65534) != 0 || setuid(65534) != 0 { return fail("setuid") }
    var reading: LogReading? = try LogStore.openForReading(at: path)
    let snapshot = try reading?.snapshot()
    let findings = try LogStore.verify(at: path).findings
    try digest(path)
    fflush(nil)
    _ = try reading?.statistics()
    // A process that is forked off and lets go of what it was given takes no lock from this one.
    let status = inForkedChild {
      reading = nil
      return true
    }
    guard status == 0 else { return fail("the child's status is \(status)") }
    say("\(snapshot?.heads.count ?? 0) \(findings)")
    var byte: UInt8 = 0
    _ = read(0, &byte, 1)
    reading?.close()
  }

  /// Opens the store, appends and closes it, and is killed before one call that writes to its files.
  static func useAndDie(_ path: String, call: Int) throws(StorageError) {
    file_faults_watch(path, nil)
    file_faults_arm(fault_kill, call)
    let store = try LogStore.open(at: path)
    say("opened")
    var workload = try Workload(seed: UInt64(call), snapshot: store.snapshot())
    try store.append(workload.batch())
    say("appended")
    try store.close()
  }

  /// Holds the store open until standard input ends.
  static func hold(_ path: String) throws(StorageError) {
    let store = try LogStore.open(at: path)
    say("open")
    var byte: UInt8 = 0
    _ = read(0, &byte, 1)
    try store.close()
  }

  /// Takes all the snapshots of a store that there may be, and keeps them until standard input ends.
  static func holdSnapshots(_ path: String) throws(StorageError) {
    let store = try LogStore.openForReading(at: path)
    var snapshots: [LogSnapshot] = []
    while let snapshot = try? store.snapshot() { snapshots.append(snapshot) }
    say("\(snapshots.count)")
    var byte: UInt8 = 0
    _ = read(0, &byte, 1)
    store.close()
  }

  /// Runs `body` in a process that is forked off, and returns that process's status: 0 if it returns true.
  static func inForkedChild(_ body: () -> Bool) -> Int32 {
    typealias Fork = @convention(c) () -> pid_t
    // Swift hides fork because it is unsafe with threads; this process has one.
    guard let symbol = dlsym(nil, "fork") else { return -1 }
    let child = unsafeBitCast(symbol, to: Fork.self)()
    if child == 0 { _exit(body() ? 0 : 1) }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    return status
  }

  /// Uses a store in a process that was forked off; it must be refused there and go on here.
  static func useAfterFork(_ path: String) throws(StorageError) {
    let store = try LogStore.open(at: path)
    var workload = Workload(seed: 1, heads: try store.snapshot().heads)
    let before = try store.snapshot()
    let status = inForkedChild {
      var refused = 0
      do { try store.append(workload.batch()) } catch { refused += 1 }
      do { _ = try store.snapshot() } catch { refused += 1 }
      do { _ = try LogStore.open(at: path) } catch {
        refused += error as? StorageError == .inUse(path: path) ? 1 : 0
      }
      try? store.close()
      // The parent's lock is still there after the child has closed its copy.
      do { _ = try LogStore.open(at: path) } catch {
        refused += error as? StorageError == .inUse(path: path) ? 1 : 0
      }
      return refused == 4
    }
    guard status == 0 else { return fail("the child's status is \(status)") }
    try store.append(workload.batch())
    _ = before.heads
    try store.close()
    let findings = try LogStore.verify(at: path).findings
    if !findings.isEmpty { fail("\(findings)") }
  }
}
