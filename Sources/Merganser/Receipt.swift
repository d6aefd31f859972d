import MerganserDatabase
public import MerganserModel

/// What is known here of a request that was submitted to the order.
public enum ReceiptState: Hashable, Sendable {
  /// It is durable, and it is not known what became of it.
  case accepted
  /// It was run in its turn: who ran it under which number, and what came of it. That never changes.
  case decided(RequestExecution)
  /// It was made before the time up to which the database has forgotten its requests.
  case expired
}

/// A request that was submitted to the order, by which what becomes of it is known.
///
/// Whoever has the request's id can have it again, at any replica that has met the request
/// (``Replica/receipt(of:)``), also after a restart.
public struct Receipt: Sendable {
  /// The request's id.
  public let request: RequestID
  /// What it asks for; `nil` where that is not known here.
  private let contents: RequestContents?
  private let writer: Writer

  init(of request: RequestID, asking contents: RequestContents? = nil, by writer: Writer) {
    self.request = request
    self.contents = contents
    self.writer = writer
  }

  /// What is known here now.
  ///
  /// - Throws: ``/MerganserModel/OrderError/unknown(_:)``, if nothing is;
  ///   ``/MerganserModel/OrderError/otherContents(_:)``, if something else ran under the id; ``/MerganserModel/StorageError``.
  public var state: ReceiptState {
    get throws {
      guard let state = try writer.current.receiptState(of: request, asking: contents) else {
        throw OrderError.unknown(request)
      }
      return state
    }
  }

  /// What is known here, as it changes: the state now, and another one when there is one.
  ///
  /// It ends behind the last, or when the replica is closed.
  public var states: AsyncThrowingStream<ReceiptState, any Error> {
    let snapshots = writer.snapshots()
    let request = request
    let contents = contents
    return AsyncThrowingStream { continuation in
      let task = Task {
        var last: ReceiptState?
        do {
          for await snapshot in snapshots {
            let state = try snapshot.receiptState(of: request, asking: contents)
            guard let state, state != last else { continue }
            last = state
            continuation.yield(state)
            if state != .accepted { break }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// Waits until it is known here what became of the request.
  ///
  /// - Parameter limit: how long to wait.
  /// - Returns: what became of it.
  /// - Throws: ``/MerganserModel/OrderError/undecided(_:)``, if that is not known within the limit, or the replica is
  ///   closed before: the request stands. ``/MerganserModel/OrderError/expired(_:)``;
  ///   ``/MerganserModel/OrderError/otherContents(_:)``; ``/MerganserModel/StorageError``;
  ///   `CancellationError`.
  public func outcome(within limit: Duration) async throws -> RequestOutcome {
    let states = states
    let request = request
    return try await withThrowingTaskGroup(of: RequestOutcome?.self) { group in
      group.addTask {
        for try await state in states {
          switch state {
          case .accepted: continue
          case .decided(let execution): return execution.outcome
          case .expired: throw OrderError.expired(request)
          }
        }
        return nil
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      if let outcome = try await group.next() ?? nil { return outcome }
      try Task.checkCancellation()
      throw OrderError.undecided(request)
    }
  }
}

extension Snapshot {
  /// What is known of a request; `nil` if nothing is.
  fileprivate func receiptState(
    of request: RequestID, asking contents: RequestContents?
  ) throws -> ReceiptState? {
    if try isExpired(request) { return .expired }
    guard let decision = try decision(of: request) else { return nil }
    guard let execution = decision else { return .accepted }
    if let contents, let ran = execution.contents, ran != contents {
      throw OrderError.otherContents(request)
    }
    return .decided(execution)
  }
}
