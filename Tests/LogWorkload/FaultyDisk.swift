import CFileFaults
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

/// Runs the same work again and again, each time with another call to the system failing.
struct FaultyDisk {
  let folder: String
  private(set) var trials = 0
  private(set) var faults: [String] = []

  init(folder: String) {
    self.folder = folder
  }

  /// Lets every call fail in turn, in each way, from the first call to the last.
  mutating func check(step: Int, seed: UInt64) {
    for kind in [fault_io, fault_no_space, fault_short_write, fault_full_disk] {
      var call = Int(seed % UInt64(step))
      while run(kind, call: call), faults.count < 20 { call += step }
    }
  }

  /// Does the work with one fault, and tells whether it was reached.
  private mutating func run(_ kind: file_fault, call: Int) -> Bool {
    trials += 1
    let path = "\(folder)/\(trials)"
    let place = "call \(call) failing with \(kind.rawValue)"
    file_faults_watch(path, nil)
    defer { file_faults_stop() }
    var workload = Workload(seed: 3, heads: [:])
    file_faults_arm(kind, call)
    // What is certain to be stored, and what may be stored as well.
    var certain = Contents(workload)
    var possible = certain
    var store: LogStore?
    let peer = ReplicaID(high: 8, low: 1)
    var isForgotten = true
    for _ in 0..<6 {
      do throws(StorageError) {
        let open: LogStore
        if let store { open = store } else { open = try Self.open(path) }
        store = open
        for round in 0..<4 {
          var next = workload
          let batch = next.batch()
          possible = Contents(next)
          try open.append(batch)
          workload = next
          certain = possible
          isForgotten = false
          open.note(peer, holds: VersionVector(workload.heads), at: .zero)
          guard round % 2 == 1 else { continue }
          let step = next.step()
          possible = Contents(next)
          try open.store(step)
          workload = next
          certain = possible
          _ = try open.truncate()
        }
        try open.forget(peer)
        isForgotten = true
        try open.compact()
        try open.close()
        store = nil
      } catch {
        if !file_faults_disarm().isTrue { faults.append("\(place): \(error) without a fault") }
        // What throws has changed nothing, but for the one write of which nobody knows.
        if case .inDoubt = error {} else { possible = certain }
        if kind == fault_full_disk || kind == fault_no_space, !error.isAboutRoom {
          faults.append("\(place): a full disk shows as \(error)")
        }
        // A store that can go on goes on; one that cannot says so, and is opened again.
        var stored = certain
        if let open = store {
          store = nil
          var again = workload
          let batch = again.batch()
          if (try? open.append(batch)) != nil {
            stored = Contents(again)
            (certain, possible) = (stored, stored)
          }
          try? open.close()
        }
        do throws(StorageError) {
          let open = try Self.open(path)
          stored = Contents(try Workload(seed: 0, snapshot: open.snapshot()))
          store = open
        } catch {
          faults.append("\(place): it does not open any more: \(error)")
          return true
        }
        if isForgotten, store?.peers != KnownPeers() {
          faults.append("\(place): a peer is known again that was forgotten")
        }
        if stored != certain && stored != possible {
          faults.append("\(place): what is stored is neither what was before nor what was to be")
        }
        workload.heads = stored.heads
        workload.state = stored.state
        certain = stored
      }
    }
    let reached = file_faults_disarm().isTrue
    do throws(StorageError) {
      try store?.close()
      let findings = try LogStore.verify(at: path).findings
      if !findings.isEmpty { faults.append("\(place): \(findings)") }
    } catch {
      faults.append("\(place): \(error)")
    }
    return reached || kind.rawValue == 0
  }

  /// What a store holds.
  private struct Contents: Equatable {
    var heads: [ReplicaID: Head]
    var state: StoredModel

    init(_ workload: Workload) {
      heads = workload.heads
      state = workload.state
    }
  }

  private static func open(_ path: String) throws(StorageError) -> LogStore {
    var options = ReplicaOptions()
    options.retention = RecordedRun.retention
    do { return try LogStore.open(at: path, options: options) } catch .unusable {
      let replica = ReplicaID(high: 9, low: 1)
      return try LogStore.create(
        at: path,
        identity: StoreIdentity(
          replica: replica, founder: replica, schema: SchemaDescription(tables: [], invariants: [])),
        options: options)
    }
  }
}

extension Int32 {
  fileprivate var isTrue: Bool { self != 0 }
}

extension StorageError {
  /// Whether the error says that the disk is full, or is what a store says after such a failure.
  fileprivate var isAboutRoom: Bool {
    switch self {
    case .diskFull, .unusable, .inDoubt: true
    default: false
    }
  }
}
