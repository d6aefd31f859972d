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
      // Every moment of a store's creation is another one, and so is every one at which names change.
      let isSeldom = done == 0 || operation.isRenaming
      guard isSeldom || Double(generator.random(1_000_000)) < share * 1_000_000 else { continue }
      for variant in 0..<perMoment {
        check(
          state(of: disk, variant: variant),
          place: "after \(place) of \(operations), variant \(variant)")
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
  private mutating func state(of disk: VolatileDisk, variant: Int) -> DiskImage {
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

  private mutating func check(_ image: DiskImage, place: String) {
    checked += 1
    for name in names() { unlink(folder + "/" + name) }
    for (name, file) in image.names { write(image.files[file] ?? .init(), to: folder + "/" + name) }
    do throws(StorageError) {
      // Opened to be written, what is a copy takes a replica of its own.
      let reading = try LogStore.openForReading(at: folder)
      let replica = reading.identity.replica
      reading.close()
      var options = ReplicaOptions()
      options.retention = RecordedRun.retention
      let store = try LogStore.open(at: folder, options: options)
      var workload = try Workload(seed: UInt64(checked), snapshot: store.snapshot())
      let found = RecordedRun.digest(replica, workload: workload)
      if found != digests[done] && found != digests[begun] {
        faults.append("\(place): it holds neither step \(done) nor step \(begun)")
      }
      if let gap = try StoredModel.gapInSpine(of: store.snapshot()) {
        faults.append("\(place): \(gap)")
      }
      let findings = try LogStore.verify(at: folder).findings
      if !findings.isEmpty { faults.append("\(place): \(findings)") }
      try store.append(workload.batch())
      try store.store(workload.step())
      while try store.truncate() {}
      if checked % 8 == 0 { try store.compact() }
      try store.close()
      let left = names().filter { $0.hasSuffix(".mdb") }
      if left.count != 1 { faults.append("\(place): \(left) are left") }
      if try !LogStore.verify(at: folder).isSound {
        faults.append("\(place): not sound afterwards")
      }
    } catch {
      // Only the first step makes a store; until it is done there may be none.
      if done == 0, case .unusable(_, "it holds no store") = error { return createAnew(place) }
      faults.append("\(place): \(error)")
    }
  }

  /// The names in the folder.
  private func names() -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  private mutating func createAnew(_ place: String) {
    let replica = ReplicaID(high: 9, low: 1)
    let identity = StoreIdentity(
      replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: []))
    do { try LogStore.create(at: folder, identity: identity).close() } catch {
      faults.append("\(place): it cannot be created anew: \(error)")
    }
  }

  private mutating func write(_ contents: DiskImage.File, to path: String) {
    let bytes = contents.bytes
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(file) }
    let isWritten = pwrite(file, bytes, bytes.count, 0) == bytes.count
    if !isWritten || ftruncate(file, off_t(contents.length)) != 0 {
      faults.append("cannot write \(path)")
    }
  }
}

extension Trace.Operation {
  /// Whether it gives a file another name.
  fileprivate var isRenaming: Bool {
    if case .rename = self { true } else { false }
  }
}
