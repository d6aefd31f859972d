import MerganserDatabase
import MerganserTypes
import Synchronization

/// What readers of a replica see, and who waits for news.
final class Readers: Sendable {
  private let published: Published
  private let news = Bell()

  init(_ snapshot: Snapshot) { published = Published(snapshot) }

  var current: Snapshot { published.snapshot.withLock { $0 } }

  /// The snapshots from now on, the current one first.
  func snapshots() -> AsyncStream<Snapshot> {
    let reading = Reading(of: published, rings: news.rings())
    return AsyncStream { await reading.next() }
  }

  /// Shows readers a snapshot; watchers, if there are versions in it that they were not shown, or its schema grew.
  func publish(_ snapshot: Snapshot) {
    let last = published.snapshot.withLock { published in
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

/// What readers see; it stays for those who watch, although nobody writes any more.
private final class Published: Sendable {
  let snapshot: Mutex<Snapshot>

  init(_ snapshot: Snapshot) { self.snapshot = Mutex(snapshot) }
}

/// The snapshots that one watcher is shown; it asks for one at a time.
private final class Reading: @unchecked Sendable {
  private let published: Published
  private var rings: AsyncStream<Void>.Iterator
  private var shown: Snapshot?

  init(of published: Published, rings: AsyncStream<Void>) {
    self.published = published
    self.rings = rings.makeAsyncIterator()
  }

  func next() async -> Snapshot? {
    while await rings.next() != nil {
      let snapshot = published.snapshot.withLock { $0 }
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
