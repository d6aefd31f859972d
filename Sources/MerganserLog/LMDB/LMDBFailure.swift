import CLMDB
import MerganserModel

extension StorageError {
  /// What a return code of LMDB's means for whoever asked for `operation` on the file at `path`.
  static func fromLMDB(_ code: Int32, operation: String, path: String) -> StorageError {
    switch code {
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_INCOMPATIBLE:
      return .damaged(place: path, reason: message(code))
    case MDB_VERSION_MISMATCH:
      return .unusable(path: path, reason: "it was written by another version of LMDB")
    case MDB_MAP_FULL:
      return .unusable(
        path: path,
        reason: "it has grown to the whole of its reserved map; open it with a larger mapSize")
    case MDB_READERS_FULL:
      return .unusable(
        path: path, reason: "too many snapshots of it are open; release some of them")
    case MDB_PANIC:
      return .unusable(
        path: path, reason: "a write failed half way; close the store and open it again")
    case ..<0:
      return .system(operation: operation, path: path, code: code, message: message(code))
    default:
      return .fromSystem(code, operation: operation, path: path)
    }
  }

  private static func message(_ code: Int32) -> String { String(cString: mdb_strerror(code)) }
}

/// Throws what a return code of LMDB's means, unless it means success.
@inline(__always)
func check(
  _ code: Int32, operation: @autoclosure () -> String, path: @autoclosure () -> String
) throws(StorageError) {
  if code != 0 { throw .fromLMDB(code, operation: operation(), path: path()) }
}
