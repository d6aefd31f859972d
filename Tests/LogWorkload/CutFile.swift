import CFileFaults
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

extension LogWorkload {
  /// Opens a store, has its data file cut short as somebody else would, and uses it.
  ///
  /// - Parameters:
  ///   - path: the store.
  ///   - percent: how much of what is in use is left.
  ///   - use: what is done then.
  /// - Throws: ``StorageError``, which is what should happen.
  static func useWhileCut(
    _ path: String, at percent: Int, doing use: String
  ) throws(StorageError) {
    let store = try LogStore.open(at: path)
    let reading = try LogStore.openForReading(at: path)
    var workload = try Workload(seed: 5, snapshot: store.snapshot())
    try store.append(workload.batch())
    let snapshot = try store.snapshot()
    let used = try reading.statistics().size
    guard truncate(path + "/000001.mdb", off_t(used * percent / 100 / 4096 * 4096)) == 0 else {
      return fail("truncate: \(errno)")
    }
    switch use {
    case "append": try store.append(workload.batch())
    case "store": try store.store(workload.step())
    case "snapshot": _ = try store.snapshot()
    case "read": _ = try reading.snapshot()
    case "compact": try store.compact()
    case "backup": try store.backup(to: path + "-backup")
    case "close": try store.close()
    case "old": print(try StoredModel(snapshot.state).digest)
    default: fail("unknown use \(use)")
    }
    say("it went well")
  }
}
