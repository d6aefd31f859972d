import MerganserDatabase
import MerganserModel

/// A job that gives somebody a value.
///
/// The writer uses it until it has been finished or has failed, and then whoever submitted it does.
final class ValueJob<Value: Sendable>: Job, @unchecked Sendable {
  typealias Body = @Sendable (inout Database, inout [StoredVersion]) throws -> Value

  private let body: Body
  private let keep: (@Sendable (Value) -> Void)?
  private var result: Result<Value, any Error>?
  private var waiter: (@Sendable (Result<Value, any Error>) -> Void)?

  /// The job of the given parts.
  ///
  /// - Parameters:
  ///   - body: what is run.
  ///   - keep: what follows on the writer, once what was written is stored.
  init(_ body: @escaping Body, keeping keep: (@Sendable (Value) -> Void)? = nil) {
    self.body = body
    self.keep = keep
  }

  func run(on database: inout Database, writing versions: inout [StoredVersion]) {
    result = Result { try body(&database, &versions) }
  }

  func finish() {
    if let keep, case .success(let value)? = result { keep(value) }
    tell()
  }

  func fail(_ error: StorageError) {
    result = .failure(error)
    tell()
  }

  private func tell() {
    if let waiter = waiter.take(), let result { waiter(result) }
  }

  /// Has a writer do the job, and waits until it has happened or failed.
  func done(by writer: Writer) async throws -> Value {
    if writer.runNow(self), let result {
      // Who writes in a loop lets others have the thread, too.
      if writer.isTurnOver { await Task.yield() }
      return try result.get()
    }
    return try await withCheckedThrowingContinuation { continuation in
      submit(to: writer) { continuation.resume(with: $0) }
    }
  }

  /// Has a writer do the job, behind those before it; `completion` is told what came of it.
  func submit(
    to writer: Writer, completion: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    waiter = completion
    writer.submit(self)
  }
}

extension Writer {
  /// What readers see, with the requests that are open in the order.
  ///
  /// - Throws: ``/MerganserModel/StorageError``; `CancellationError`.
  func snapshotWithRequests() async throws -> Snapshot {
    let current = current
    if current.open != nil { return current }
    return try await ValueJob { database, _ in
      try database.noteOpenRequests()
      return database.snapshot
    }.done(by: self)
  }
}
