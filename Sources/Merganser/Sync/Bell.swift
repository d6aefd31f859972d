import Synchronization

/// Tells all who listen that something has happened; who is slow is told once of several times.
///
/// Nobody is told while its lock is held: whoever is cancelled at that moment takes it, and holds what telling takes.
package final class Bell: Sendable {
  private struct Listeners {
    var count = 0
    var hasEnded = false
    var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  private let listeners = Mutex(Listeners())

  /// The bell to which nobody listens.
  package init() {}

  /// The times at which it rings from now on, until it ends, and one at the beginning.
  package func rings() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    continuation.yield()
    let number = listeners.withLock { listeners in
      listeners.count += 1
      if !listeners.hasEnded { listeners.continuations[listeners.count] = continuation }
      return listeners.hasEnded ? nil : listeners.count
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.listeners.withLock { _ = $0.continuations.removeValue(forKey: number) }
    }
    return stream
  }

  /// Rings.
  package func ring() {
    for continuation in listeners.withLock({ $0.continuations }).values { continuation.yield() }
  }

  /// Rings no more.
  package func end() {
    let continuations = listeners.withLock { listeners in
      listeners.hasEnded = true
      return listeners.continuations
    }
    for continuation in continuations.values { continuation.finish() }
  }

  deinit { end() }
}
