import MerganserDatabase
public import MerganserModel

/// What is known here of a request that was submitted to the order.
public enum ReceiptState: Hashable, Sendable {
  /// It is durable, and it is not known what became of it.
  case accepted
  /// It is not known what became of it; if it committed now, and nothing came between, this would.
  case tentative(RequestOutcome)
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
  private let tentativeReader: TentativeReader

  init(
    of request: RequestID, asking contents: RequestContents? = nil, by writer: Writer,
    reading tentativeReader: TentativeReader
  ) {
    self.tentativeReader = tentativeReader
    self.request = request
    self.contents = contents
    self.writer = writer
  }

  /// What would become of the request if it committed now, on what is committed here and open before it; `nil` if it
  /// is decided, or waits for something.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; `CancellationError`.
  public func tentative() async throws -> RequestOutcome? {
    try await tentativeReader.read().outcomes[request]
  }

  /// Says that the request is not to run any more: durable here at once, and told to the primary as all that is written.
  ///
  /// The primary rejects it, unless it has run by then; what came of it the receipt tells as before.
  ///
  /// - Throws: ``/MerganserModel/OrderError/unknown(_:)``; ``/MerganserModel/StorageError``.
  public func cancel() async throws {
    let (request, wall) = (request, writer.wall)
    try await ValueJob { database, versions in
      if let version = try database.cancel(request, wall: wall()) { versions.append(version) }
    }.done(by: writer)
  }

  /// What is known here now for good: accepted, decided or expired.
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
  /// Between ``ReceiptState/accepted`` and ``ReceiptState/decided(_:)`` it tells the tentative ones. It ends behind the last, or when
  /// the replica is closed.
  public var states: AsyncThrowingStream<ReceiptState, any Error> { states(tentatively: true) }

  private func states(tentatively: Bool) -> AsyncThrowingStream<ReceiptState, any Error> {
    let snapshots = writer.snapshots()
    let receipt = self
    return AsyncThrowingStream { continuation in
      let task = Task {
        var last: ReceiptState?
        do {
          for await snapshot in snapshots {
            let state = try snapshot.receiptState(of: receipt.request, asking: receipt.contents)
            guard let state else { continue }
            if last == nil || state != .accepted, state != last {
              last = state
              continuation.yield(state)
            }
            if state != .accepted { break }
            guard tentatively, let outcome = try await receipt.tentative() else { continue }
            if last != .tentative(outcome) {
              last = .tentative(outcome)
              continuation.yield(.tentative(outcome))
            }
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
    let states = states(tentatively: false)
    let request = request
    return try await withThrowingTaskGroup(of: RequestOutcome?.self) { group in
      group.addTask {
        for try await state in states {
          switch state {
          case .accepted, .tentative: continue
          case .decided(let execution): return execution.outcome
          case .expired: throw OrderError.expired(request)
          }
        }
        return nil
      }
      group.addTask {
        try await Task.sleep(atMost: limit)
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
