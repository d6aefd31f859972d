import Synchronization

/// Tells all who listen that something has happened; who is slow is told once of several times.
package final class Bell: Sendable {
  private struct Listeners {
    var count = 0
    var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  private let listeners = Mutex(Listeners())

  /// The bell to which nobody listens.
  package init() {}

  /// The times at which it rings from now on, and one at the beginning.
  package func rings() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    continuation.yield()
    let number = listeners.withLock { listeners in
      listeners.count += 1
      listeners.continuations[listeners.count] = continuation
      return listeners.count
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

  deinit {
    for continuation in listeners.withLock({ $0.continuations }).values { continuation.finish() }
  }
}
