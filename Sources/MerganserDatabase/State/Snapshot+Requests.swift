public import MerganserModel
public import MerganserTypes

/// A request that committed more than once: at several replicas, before they heard of each other.
public struct DoubleExecution: Hashable, Sendable {
  /// The request.
  public let request: RequestID
  /// Its commits, the earliest first, which is the one that answers when the request is repeated.
  public let commits: [RequestExecution]
}

extension DoubleExecution: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    "request \(request) committed \(commits.count) times: "
      + commits.map { "at \($0.time) by \($0.executor)" }.joined(separator: ", ")
  }
}

// What became of requests.
extension Snapshot {
  /// The time before whose births requests are forgotten; `nil` if none is.
  ///
  /// It only grows. Ids of a user's own have no birth, and are not forgotten.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public var horizon: HybridTime? {
    get throws {
      guard try count(horizonTable) > 0 else { return nil }
      return try self[horizonTable, requestHorizonKey]?.value
    }
  }

  /// What became of a request; `nil` if it has not been processed, or is forgotten.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public func outcome(of request: RequestID) throws -> RequestOutcome? {
    guard try !isExpired(request) else { return nil }
    guard case .processed(let outcome)? = try record(of: request)?.answer(to: nil) else {
      return nil
    }
    return outcome
  }

  /// The requests that committed more than once, unless that has been acknowledged: the first `limit` of
  /// them, in the order of their ids.
  ///
  /// A replica asks this by itself only after it has adopted a state, and only if somebody observes it; doubles
  /// that come as versions are found one by one, at the cost of what came.
  ///
  /// - Complexity: O(number of requests): the row of each that is kept is read and decoded, from the disk where it
  ///   is not in memory, up to the `limit`th that is found. `Retention.requests` bounds how many
  ///   are kept.
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public func executedTwice(limit: Int = .max) throws -> [DoubleExecution] {
    var found: [DoubleExecution] = []
    guard limit > 0 else { return found }
    let hasEarlier = try count(earlierRequestTable) > 0
    try forEachRow(of: requestTable) { request, record in
      guard record.isToBeReported || hasEarlier else { return true }
      if let double = try executedTwice(request) { found.append(double) }
      return found.count < limit
    }
    return found
  }

  /// The commits of a request; `nil` unless there are several, and these not acknowledged.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public func executedTwice(_ request: RequestID) throws -> DoubleExecution? {
    guard let record = try record(of: request), record.isToBeReported, try !isExpired(request)
    else { return nil }
    return DoubleExecution(request: request, commits: record.commits.elements)
  }

  /// The first processing of a request that is known; `nil` of one that is open; and nothing of one that nobody submitted.
  package func decision(of request: RequestID) throws -> RequestExecution?? {
    guard let record = try record(of: request) else { return nil }
    if let first = record.commits.elements.first ?? record.refusal { return .some(first) }
    return record.submissions.isBottom ? nil : .some(nil)
  }

  /// Whether a request was born before the horizon.
  package func isExpired(_ request: RequestID) throws -> Bool {
    guard let birth = request.birth, let horizon = try horizon else { return false }
    return birth < horizon
  }

  /// Whether a key of a table is that of a request which was born before the horizon.
  func isForgotten(_ key: [UInt8], ofTable name: String) throws -> Bool {
    guard name == requestTable.name, let request = RequestID(bytes: key) else { return false }
    return try isExpired(request)
  }

  /// All that is known of a request, what an earlier program recorded among it.
  package func record(of request: RequestID) throws -> RequestRecord? {
    let record = try self[requestTable, request]
    guard try count(earlierRequestTable) > 0,
      let earlier = try self[earlierRequestTable, request].flatMap(RequestRecord.init(earlier:))
    else { return record }
    return record?.merging(earlier) ?? earlier
  }
}

extension RequestRecord {
  /// What an earlier program recorded.
  init?(earlier register: LWWRegister<RequestOutcome>) {
    guard let outcome = register.value, let time = register.time, let replica = register.replica
    else { return nil }
    self.init(
      RequestExecution(time: time, executor: .replica(replica), contents: nil, outcome: outcome))
  }
}
