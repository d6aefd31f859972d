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

/// Goes through states in which a power failure could leave the files of a recorded run, and checks
/// each: the store opens, everything acknowledged is there, nothing by half, and it can be written to.
struct CrashStates {
  let trace: Trace
  let folder: String
  var generator: Workload
  private var digests: [UInt64: UInt64] = [:]
  private var begun: UInt64 = 0
  private var done: UInt64 = 0
  private(set) var checked = 0
  private(set) var faults: [String] = []

  init(_ trace: Trace, folder: String, seed: UInt64) {
    self.trace = trace
    self.folder = folder
    generator = Workload(seed: seed, heads: [:])
  }

  /// Checks about `count` states, spread over the run.
  mutating func check(_ count: Int) {
    var disk = VolatileDisk()
    let operations = trace.operations.count
    // Several states at each moment, at every so many moments.
    let perMoment = 4
    let share = min(1, Double(count) / Double(perMoment * operations))
    for (place, operation) in trace.operations.enumerated() {
      if case .note(let text) = operation { note(text) }
      disk.apply(operation)
      // A store's creation is short, and every moment of it another one.
      guard done == 0 || Double(generator.random(1_000_000)) < share * 1_000_000 else { continue }
      for variant in 0..<perMoment {
        check(state(of: disk, variant), "after \(place) of \(operations), variant \(variant)")
        if faults.count > 20 { return }
      }
    }
  }

  private mutating func note(_ text: String) {
    let words = text.split(separator: " ")
    let number = UInt64(words[1]) ?? 0
    if words[0] == "begin" {
      begun = number
      digests[number] = UInt64(words[2])
    } else {
      done = number
    }
  }

  /// What the disk holds after the power's end: without what was pending, with all of it, with some
  /// of it, or with some of it torn.
  private mutating func state(of disk: VolatileDisk, _ variant: Int) -> DiskImage {
    var image = disk.durable
    for operation in disk.pending {
      switch variant {
      case 0: break
      case 1: image.apply(operation)
      case 2: if generator.random(2) == 0 { image.apply(operation) }
      default:
        let mask = generator.random(1 << 30)
        if generator.random(4) > 0 { image.apply(operation) { mask >> ($0 % 30) & 1 == 0 } }
      }
    }
    return image
  }

  private mutating func check(_ image: DiskImage, _ place: String) {
    checked += 1
    for name in ["OWNER", "CURRENT", "CURRENT.new", "000001.mdb", "000001.mdb-lock"] {
      unlink(folder + "/" + name)
    }
    for (name, file) in image.names { write(image.files[file] ?? [], to: folder + "/" + name) }
    do throws(StorageError) {
      // Opened to be written, what is a copy takes a replica of its own.
      let reading = try LogStore.openForReading(at: folder)
      let replica = reading.identity.replica
      reading.close()
      var options = LogStore.Options()
      options.retention = RecordedRun.retention
      let store = try LogStore.open(at: folder, options: options)
      var workload = try Workload(seed: UInt64(checked), store.snapshot())
      let found = RecordedRun.digest(replica, workload)
      if found != digests[done] && found != digests[begun] {
        faults.append("\(place): it holds neither step \(done) nor step \(begun)")
      }
      let findings = try LogStore.verify(at: folder).findings
      if !findings.isEmpty { faults.append("\(place): \(findings)") }
      try store.append(workload.batch())
      try store.store(workload.step())
      while try store.truncate(peers: [:]) {}
      try store.close()
      if try !LogStore.verify(at: folder).isSound {
        faults.append("\(place): not sound afterwards")
      }
    } catch {
      // Only the first step makes a store; until it is done there may be none.
      if done == 0, case .unusable(_, "it holds no store") = error { return createAnew(place) }
      faults.append("\(place): \(error)")
    }
  }

  private mutating func createAnew(_ place: String) {
    let replica = ReplicaID(high: 9, low: 1)
    let identity = StoreIdentity(
      replica: replica, founder: replica, schema: SchemaDescription(tables: [], rules: []))
    do { try LogStore.create(at: folder, identity: identity).close() } catch {
      faults.append("\(place): it cannot be created anew: \(error)")
    }
  }

  private mutating func write(_ bytes: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    if pwrite(file, bytes, bytes.count, 0) != bytes.count { faults.append("cannot write \(path)") }
  }
}
