import MerganserDatabase
import MerganserTypes
import Synchronization

/// What readers of a replica see, and who waits for news.
final class Readers: Sendable {
  private struct Watchers {
    var count = 0
    var hasEnded = false
    var continuations: [Int: AsyncStream<Snapshot>.Continuation] = [:]
  }

  private let published: Mutex<Snapshot>
  private let watchers = Mutex(Watchers())

  init(_ snapshot: Snapshot) { published = Mutex(snapshot) }

  var current: Snapshot { published.withLock { $0 } }

  /// The snapshots from now on, the current one first.
  func snapshots() -> AsyncStream<Snapshot> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
    let number = watchers.withLock { watchers in
      watchers.count += 1
      continuation.yield(current)
      if watchers.hasEnded {
        continuation.finish()
      } else {
        watchers.continuations[watchers.count] = continuation
      }
      return watchers.count
    }
    continuation.onTermination = { [weak self] _ in
      self?.watchers.withLock { _ = $0.continuations.removeValue(forKey: number) }
    }
    return stream
  }

  /// Shows readers a snapshot; watchers, if there are versions in it that they were not shown, or its schema grew.
  func publish(_ snapshot: Snapshot) {
    watchers.withLock { watchers in
      let last = published.withLock { published in
        defer { published = snapshot }
        return published
      }
      if watchers.continuations.isEmpty { return }
      if last.vector == snapshot.vector,
        last.catalog.fingerprint == snapshot.catalog.fingerprint
      {
        return
      }
      for continuation in watchers.continuations.values { continuation.yield(snapshot) }
    }
  }

  // Who has let go of a replica writes to it no more.
  deinit { end() }

  /// Tells watchers that there are no more.
  func end() {
    let continuations = watchers.withLock { watchers in
      watchers.hasEnded = true
      return watchers.continuations
    }
    for continuation in continuations.values { continuation.finish() }
  }
}
