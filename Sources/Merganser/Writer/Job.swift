import MerganserDatabase
import MerganserModel

/// Something that the writer is to do: it is run and then finished, or it fails; it may fail without being run.
protocol Job: AnyObject, Sendable {
  /// Changes the database, and appends what is to be stored.
  func run(on database: inout Database, writing versions: inout [StoredVersion])

  /// Takes notice that what it wrote is as safe as the storage makes it.
  func finish()

  /// Takes notice that nothing of it has happened.
  func fail(_ error: StorageError)
}
