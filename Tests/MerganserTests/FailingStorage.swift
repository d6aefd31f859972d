import Merganser
import Synchronization

/// A storage in memory that has no room left when it is told so.
final class FailingStorage: VersionStorage {
  let fails = Mutex(false)
  private let kept = MemoryStorage()

  func append(_ versions: [StoredVersion]) throws(StorageError) {
    if fails.withLock({ $0 }) { throw .diskFull(path: "here") }
    try kept.append(versions)
  }

  func updateSchema(_ schema: SchemaDescription) throws(StorageError) {
    if fails.withLock({ $0 }) { throw .diskFull(path: "here") }
  }

  func snapshot() throws(StorageError) -> any VersionSnapshot { try kept.snapshot() }
}
