import MerganserDatabase
import MerganserLog
import MerganserModel

/// Work on a copy of the storage that takes the storage's place in the end: a state that is adopted, a compaction.
///
/// It is made in steps, the first of them between two groups of the writer, one work after the other.
protocol CopyWork: AnyObject, Sendable {
  /// Makes the next step.
  ///
  /// - Returns: where the one behind it is made; `nil` behind the last.
  func step(on writer: Writer) -> StepPlace?
}

/// Where a step is made.
enum StepPlace {
  /// Between two groups of the writer.
  case betweenGroups
  /// Beside the writer, which goes on meanwhile.
  case besideGroups
}

/// A compaction: the data file is copied without what nobody needs of it.
final class Compaction: CopyWork, @unchecked Sendable {
  private enum Phase {
    case waiting, copying, copied
  }

  private let store: LogStore
  private let completion: @Sendable (Result<Void, any Error>) -> Void
  private var phase = Phase.waiting

  /// The compaction of a store; `completion` is told what came of it.
  init(of store: LogStore, completion: @escaping @Sendable (Result<Void, any Error>) -> Void) {
    self.store = store
    self.completion = completion
  }

  func step(on writer: Writer) -> StepPlace? {
    do {
      switch phase {
      case .waiting:
        if writer.isClosed { throw StorageError.closed(path: store.path) }
        phase = .copying
        return .besideGroups
      case .copying:
        try store.compact()
        phase = .copied
        return .betweenGroups
      case .copied:
        // What is not in memory is read from the new file from now on.
        writer.database.withLock { database in
          writer.renew(&database)
          writer.publish(database)
        }
        completion(.success(()))
      }
    } catch { completion(.failure(error)) }
    return nil
  }
}
