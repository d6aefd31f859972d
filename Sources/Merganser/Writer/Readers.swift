import MerganserDatabase
import MerganserTypes
import Synchronization

/// What readers of a replica see, and who waits for news.
final class Readers: Sendable {
  private let published: Mutex<Snapshot>
  private let news = Bell()

  init(_ snapshot: Snapshot) { published = Mutex(snapshot) }

  var current: Snapshot { published.withLock { $0 } }

  /// The snapshots from now on, the current one first.
  func snapshots() -> AsyncStream<Snapshot> {
    let reading = Reading(of: self, rings: news.rings())
    return AsyncStream { await reading.next() }
  }

  /// Shows readers a snapshot; watchers, if there are versions in it that they were not shown, or its schema grew.
  func publish(_ snapshot: Snapshot) {
    let last = published.withLock { published in
      defer { published = snapshot }
      return published
    }
    if !snapshot.shows(last) { news.ring() }
  }

  // Who has let go of a replica writes to it no more.
  deinit { end() }

  /// Tells watchers that there are no more.
  func end() { news.end() }
}

/// The snapshots that one watcher is shown; it asks for one at a time.
private final class Reading: @unchecked Sendable {
  private weak var readers: Readers?
  private var rings: AsyncStream<Void>.Iterator
  private var next: Snapshot?
  private var shown: Snapshot?

  init(of readers: Readers, rings: AsyncStream<Void>) {
    self.readers = readers
    self.rings = rings.makeAsyncIterator()
    next = readers.current
  }

  func next() async -> Snapshot? {
    while await rings.next() != nil {
      // Where nobody writes any more, the last one is shown all the same.
      guard let snapshot = readers?.current ?? next else { return nil }
      next = snapshot
      if let shown, snapshot.shows(shown) { continue }
      shown = snapshot
      return snapshot
    }
    return nil
  }
}

extension Snapshot {
  /// Whether it shows nothing that another did not.
  fileprivate func shows(_ other: Snapshot) -> Bool {
    vector == other.vector && catalog.fingerprint == other.catalog.fingerprint
  }
}
