import Synchronization

extension Task where Success == Never, Failure == Never {
  /// Sleeps as long as a caller is willing to wait, and at most a hundred years: a clock stops the process where it is to go
  /// beyond what it can show.
  static func sleep(atMost limit: Duration) async throws {
    try await sleep(for: limit.kept)
  }
}

extension Duration {
  /// The duration as far as a clock can show its end.
  fileprivate var kept: Duration { min(max(self, .zero), .seconds(100 * 366 * 86_400)) }
}

/// A time up to which a caller waits.
struct Deadline: Sendable {
  private let end: ContinuousClock.Instant

  /// The end of a time from now on.
  init(in limit: Duration) { end = .now + limit.kept }

  /// Has something done, and waits for it until the time is up, or the task is cancelled: not until it has noticed that.
  ///
  /// - Returns: what it returned; `nil` if it has not by then.
  /// - Throws: what it throws; `CancellationError`.
  func give<Value: Sendable>(
    to body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    let race = Race<Value?>()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        race.begin(continuation)
        race.enter(Task { race.end(with: await Result(catching: body)) })
        race.enter(
          Task {
            do { try await Task.sleep(until: end) } catch { return }
            race.end(with: .success(nil))
          })
      }
    } onCancel: {
      race.end(with: .failure(CancellationError()))
    }
  }
}

/// Several tasks, of which the first to end counts.
private final class Race<Value: Sendable>: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Value, any Error>?
    var result: Result<Value, any Error>?
    var tasks: [Task<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Takes notice of who waits.
  func begin(_ continuation: CheckedContinuation<Value, any Error>) {
    let result = state.withLock { state in
      if state.result == nil { state.continuation = continuation }
      return state.result
    }
    if let result { continuation.resume(with: result) }
  }

  /// Takes notice of a task, which is cancelled when another has ended.
  func enter(_ task: Task<Void, Never>) {
    let isOver = state.withLock { state in
      state.tasks.append(task)
      return state.result != nil
    }
    if isOver { task.cancel() }
  }

  /// Takes notice of an end, unless it is a later one.
  func end(with result: Result<Value, any Error>) {
    let (continuation, tasks) = state.withLock { state in
      if state.result != nil {
        return (CheckedContinuation<Value, any Error>?.none, [Task<Void, Never>]())
      }
      state.result = result
      return (state.continuation.take(), state.tasks)
    }
    for task in tasks { task.cancel() }
    continuation?.resume(with: result)
  }
}
