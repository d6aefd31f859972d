import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Reads a log in batches, as much at a time as its reader asks for.
enum VersionBatches {
  /// About how many bytes a batch has.
  static let bytes = 1 << 18

  /// All that `storage` holds beyond `vector`.
  static func stream(
    of storage: any VersionStorage, beyond vector: VersionVector
  ) -> AsyncThrowingStream<[StoredVersion], any Error> {
    let cursor = Cursor(vector) { () throws(StorageError) in try storage.snapshot() }
    return AsyncThrowingStream { try await onBlockingThread { try cursor.next() } }
  }

  /// Where the reading has got to.
  ///
  /// It is asked for one batch at a time.
  final class Cursor: @unchecked Sendable {
    private let snapshot: () throws(StorageError) -> any VersionSnapshot
    private var vector: VersionVector
    private let size: Int
    private let isOrdered: Bool
    private var merge: CausalMerge?

    /// A reading of what is beyond `vector` when it begins, in batches of about `size` bytes.
    ///
    /// It is ordered, but in simulations.
    init(
      _ vector: VersionVector, size: Int = VersionBatches.bytes, isOrdered: Bool = true,
      in snapshot: @escaping () throws(StorageError) -> any VersionSnapshot
    ) {
      self.snapshot = snapshot
      self.vector = vector
      self.size = size
      self.isOrdered = isOrdered
    }

    func next() throws(StorageError) -> [StoredVersion]? {
      if merge == nil {
        merge = try CausalMerge(snapshot(), beyond: vector)
        merge?.isOrdered = isOrdered
      }
      guard var reading = merge else { return nil }
      var batch: [StoredVersion] = []
      var bytes = 0
      while bytes < size, let version = try reading.next(after: vector)?.stored {
        batch.append(version)
        bytes += version.payload.count
        vector[version.origin] = version.sequences.upperBound
      }
      merge = reading
      return batch.isEmpty ? nil : batch
    }
  }
}
