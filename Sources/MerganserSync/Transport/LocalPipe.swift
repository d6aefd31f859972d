import Synchronization

/// One end of a transport within a process.
///
/// ```swift
/// let (here, there) = LocalPipe.ends()
/// async let answer = porto.sync(over: there)
/// try await lisbon.sync(over: here)
/// ```
public final class LocalPipe: Transport {
  /// How many bytes are on their way in each direction at most, unless a piece alone has more.
  public static let capacity = 1 << 18

  private let incoming: Lane
  private let outgoing: Lane

  private init(incoming: Lane, outgoing: Lane) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  /// The two ends of a new pipe.
  ///
  /// - Parameter faults: what it does to what is sent; a pipe without faults carries everything.
  /// - Returns: the one end, and the other.
  public static func ends(faults: Faults? = nil) -> (LocalPipe, LocalPipe) {
    let lanes = [UInt64(0), 1].map { Lane(faults: faults?.direction($0)) }
    return (
      LocalPipe(incoming: lanes[0], outgoing: lanes[1]),
      LocalPipe(incoming: lanes[1], outgoing: lanes[0])
    )
  }

  /// Sends bytes to the other end; waits while it has not taken those before.
  public func send(_ bytes: [UInt8]) async throws { try await outgoing.put(bytes) }

  /// The next bytes of the other end.
  public func receive() async throws -> [UInt8]? { try await incoming.take() }

  /// Ends both directions; what is on its way arrives.
  public func close() async {
    incoming.end()
    outgoing.end()
  }
}

/// One direction of a pipe.
private final class Lane: Sendable {
  private struct Contents {
    var pieces: ArraySlice<[UInt8]> = []
    /// How many bytes they have, about.
    var size = 0
    var hasEnded = false
    var faults: LocalPipe.Faults?
    /// Whoever waits for bytes, or for room.
    var taker: CheckedContinuation<Void, Never>?
    var putter: CheckedContinuation<Void, Never>?
  }

  private let contents: Mutex<Contents>

  init(faults: LocalPipe.Faults?) { contents = Mutex(Contents(faults: faults)) }

  func put(_ bytes: [UInt8]) async throws {
    // Whoever waits is woken without the lock: who is cancelled at that moment takes it, and holds what waking takes.
    let (isStalled, taker) = try contents.withLock { contents in
      guard !contents.hasEnded else { throw SyncError.interrupted }
      if contents.faults?.place(bytes, in: &contents.pieces) == nil {
        contents.pieces.append(bytes)
      }
      contents.size += bytes.count
      return (contents.faults?.stalls() ?? false, contents.taker.take())
    }
    taker?.resume()
    if isStalled { try await Task.sleep(for: .milliseconds(2)) }
    try await wait(\.putter) { $0.size <= LocalPipe.capacity || $0.hasEnded }
  }

  func take() async throws -> [UInt8]? {
    try await wait(\.taker) { !$0.pieces.isEmpty || $0.hasEnded }
    let (piece, putter) = contents.withLock { contents in
      guard let piece = contents.pieces.popFirst() else {
        return ([UInt8]?.none, CheckedContinuation<Void, Never>?.none)
      }
      contents.size = contents.pieces.isEmpty ? 0 : max(0, contents.size - piece.count)
      return (piece, contents.size <= LocalPipe.capacity ? contents.putter.take() : nil)
    }
    putter?.resume()
    return piece
  }

  func end() {
    let waiting = contents.withLock { contents in
      contents.hasEnded = true
      return [contents.taker.take(), contents.putter.take()]
    }
    for continuation in waiting { continuation?.resume() }
  }

  /// Waits until something is so, or the task is cancelled.
  private func wait(
    _ place: any WritableKeyPath<Contents, CheckedContinuation<Void, Never>?> & Sendable,
    until condition: @Sendable (Contents) -> Bool
  ) async throws {
    while true {
      try Task.checkCancellation()
      let isDone = try contents.withLock { contents in
        if condition(contents) { return true }
        // One sends, and one receives: a second one would wait for ever.
        guard contents[keyPath: place] == nil else { throw SyncError.inUse }
        return false
      }
      if isDone { return }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let mayGoOn = contents.withLock { contents in
            if condition(contents) || Task.isCancelled || contents[keyPath: place] != nil {
              return true
            }
            contents[keyPath: place] = continuation
            return false
          }
          if mayGoOn { continuation.resume() }
        }
      } onCancel: {
        contents.withLock { $0[keyPath: place].take() }?.resume()
      }
    }
  }
}
