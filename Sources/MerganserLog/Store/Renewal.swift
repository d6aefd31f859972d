import CLMDB
import MerganserDatabase
import MerganserTypes

/// Why a store was given a new replica.
public enum Renewal: Sendable, Hashable {
  /// The store lies in another file than its last writer wrote to: it was copied, or restored.
  case copied
  /// The machine stopped under a writer that had chosen not to wait for the disk, so that versions that
  /// others hold may be gone here.
  case lostVersions

  /// What follows for a store that `last` wrote to, and that lies in `file` now.
  init?(after last: SessionRecord, in file: FileBirth) {
    if let written = last.file, written != file {
      self = .copied
    } else if last.isOpen, last.isOfAnotherBoot, last.durability == .survivesProcessCrash {
      self = .lostVersions
    } else {
      return nil
    }
  }
}

extension Renewal: CustomStringConvertible {
  /// The reason, in words.
  public var description: String {
    switch self {
    case .copied: "the store is a copy of another, or was restored"
    case .lostVersions: "the machine stopped before the last versions were on disk"
    }
  }
}

extension Environment {
  /// Which file the store lies in.
  func fileBirth() throws(StorageError) -> FileBirth {
    var descriptor: FileSystem.Descriptor = -1
    mdb_env_get_fd(try open().pointer, &descriptor)
    return try FileBirth(descriptor, path: path)
  }

  /// Gives the store a replica that nobody was before.
  func renewReplica(path: String) throws(StorageError) {
    var (_, identity) = try StoreRecords.identity(try read(), path: path)
    identity.replica = .random()
    _ = try writeIdentity(identity, replacing: path)
  }
}
