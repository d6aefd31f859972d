import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization

/// A state that comes part by part, on its way into what adopts it.
///
/// A part is asked for by whoever takes the state in, when those before are where they are kept: so no more than
/// one waits in memory.
final class StateHandover: Sendable {
  private struct Contents {
    /// Who takes the state in, and waits for a part.
    var taker: CheckedContinuation<StatePart?, any Error>?
    /// A part that nobody has asked for yet, and who waits until somebody does.
    var part: StatePart?
    var putter: CheckedContinuation<Void, Never>?
    /// Whether no part comes any more, and why, if the state is not whole.
    var end: Result<Void, any Error>?
    /// What became of it.
    var result: Result<Void, any Error>?
  }

  private let contents = Mutex(Contents())
  private let adoption = Mutex<Task<Void, any Error>?>(nil)

  /// Begins to hand over a state.
  init(
    of header: StateHeader, by meeting: Meeting, acceptingRemovals removals: Int,
    to peer: any Peer
  ) {
    let parts = AsyncThrowingStream { try await self.next() }
    var state = StateStream(header: header, parts: parts)
    state.meeting = meeting
    state.acceptedRemovals = removals
    let stream = state
    let task = Task {
      let result: Result<Void, any Error>
      do {
        try await peer.adopt(stream)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      self.contents.withLock { contents in
        contents.result = result
        contents.putter.take()?.resume()
      }
      try result.get()
    }
    adoption.withLock { $0 = task }
  }

  /// Hands over the next part, and returns when it has been taken.
  ///
  /// - Throws: why the state is not taken in.
  func put(_ part: StatePart) async throws {
    await withCheckedContinuation { continuation in
      contents.withLock { contents in
        if contents.result != nil { return continuation.resume() }
        if let taker = contents.taker.take() {
          taker.resume(returning: part)
          return continuation.resume()
        }
        contents.part = part
        contents.putter = continuation
      }
    }
    if case .failure(let error)? = contents.withLock({ $0.result }) { throw error }
  }

  /// Tells that there are no more parts, and waits until the state has been adopted.
  ///
  /// - Throws: why it has not.
  func finish() async throws {
    end(.success(()))
    try await adoption.withLock { $0 }?.value
  }

  /// Tells that no more parts come, and waits until nothing is left of those that came; does nothing behind
  /// ``finish()``.
  func drop() async {
    end(.failure(CancellationError()))
    _ = await adoption.withLock { $0 }?.result
  }

  private func end(_ end: Result<Void, any Error>) {
    contents.withLock { contents in
      guard contents.end == nil else { return }
      contents.end = end
      contents.taker.take()?.resume(with: end.map { nil })
      contents.putter.take()?.resume()
    }
  }

  private func next() async throws -> StatePart? {
    try await withCheckedThrowingContinuation { continuation in
      contents.withLock { contents in
        if let part = contents.part.take() {
          contents.putter.take()?.resume()
          return continuation.resume(returning: part)
        }
        if let end = contents.end { return continuation.resume(with: end.map { nil }) }
        contents.taker = continuation
      }
    }
  }
}
