import CFileFaults
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes

/// A workload whose writes to disk are recorded, with notes of what was begun and what was done.
enum RecordedRun {
  /// How much of the log a run keeps: so little that much is taken out.
  static let retention = Retention(history: 30_000, backlog: 60_000)

  /// Creates a store, appends to it, stores rows, takes versions out, meets peers and forgets them, puts
  /// copies in its place, gives it a new replica, opens it again, and so on.
  static func record(
    _ path: String, trace: String, seed: UInt64, rounds: UInt64, durability: Durability
  ) throws(StorageError) {
    file_faults_watch(path, trace)
    defer { file_faults_stop() }
    var workload = Workload(seed: seed, heads: [:])
    var replica = ReplicaID(high: 9, low: 1)
    var step: UInt64 = 0
    func begin() {
      step += 1
      file_faults_note("begin \(step) \(digest(replica, workload: workload))")
    }
    func done() { file_faults_note("done \(step)") }

    begin()
    let schema = SchemaDescription(tables: [], invariants: [])
    var options = ReplicaOptions(durability: durability)
    options.retention = retention
    var store = try LogStore.create(
      at: path, identity: StoreIdentity(replica: replica, founder: replica, schema: schema),
      options: options)
    done()
    for round in 1...rounds {
      let batch = workload.batch()
      begin()
      try store.append(batch)
      done()
      // Written with what is written next; it changes nothing that is told apart here.
      store.note(
        ReplicaID(high: 8, low: round % 5), holds: VersionVector(workload.heads),
        at: HybridTime(milliseconds: round))
      if round % 9 == 0 {
        begin()
        try store.forget(ReplicaID(high: 8, low: round % 5))
        done()
      }
      if round % 3 == 0 {
        let changes = workload.step()
        begin()
        try store.store(changes)
        done()
      }
      if round % 7 == 0 {
        begin()
        _ = try store.truncate()
        done()
      }
      if round % 10 == 0 {
        begin()
        try store.compact()
        done()
      }
      if round % 13 == 0 {
        // What another replica's rows are taken in by: rows and the log's beginning, all or nothing.
        var next = workload.step()
        next.completes = Checkpoint(heads: workload.heads)
        workload.state.apply(next)
        begin()
        let shadow = try store.beginShadow()
        try shadow.advance(to: workload.heads)
        try shadow.store(next)
        try store.replace(with: shadow)
        done()
      }
      if round % 11 == 0 {
        replica = ReplicaID(high: 9, low: round)
        begin()
        try store.changeReplica(to: replica)
        done()
      }
      if round % 17 == 0 {
        begin()
        try store.close()
        store = try LogStore.open(at: path, options: options)
        done()
      }
    }
    try store.close()
  }

  /// A number for what a store holds, as far as its heads and its rows tell.
  static func digest(_ replica: ReplicaID, workload: Workload) -> UInt64 {
    var digest = replica.low
    for (origin, head) in workload.heads.sorted(by: { $0.key < $1.key }) {
      digest = (digest &* 31 &+ origin.low) &* 31 &+ head.hash
      digest = digest &* 31 &+ head.sequence
    }
    return digest &* 31 &+ workload.state.digest
  }
}
