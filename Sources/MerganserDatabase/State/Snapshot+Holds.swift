public import MerganserModel
public import MerganserTypes

/// What a request that was submitted to the order has taken by its local part, and is neither used nor given back: it is
/// owed.
public struct Hold: Hashable, Sendable {
  /// The request.
  public let request: RequestID
  /// The transaction that it asks for.
  public let transaction: String
  /// The replica at which it was taken, which ends it, or its heir.
  public let holder: ReplicaID
  /// What came of the request; `nil` if that is not known here.
  public let outcome: RequestOutcome?
}

extension Snapshot {
  /// What was taken for requests by their local parts, and is neither used nor given back as far as is known here; see
  /// ``/MerganserModel/DeclaredTransaction/holding(_:use:release:)``.
  ///
  /// - Complexity: O(number of holds); of a store that no program has open, O(number of requests).
  /// - Throws: ``/MerganserModel/StorageError``, if stored rows cannot be read.
  public var holds: [Hold] {
    get throws {
      let open: [OpenHold]
      if let known = self.open {
        open = known.openHolds
      } else {
        var requests = OpenRequests()
        try forEachRow(of: requestTable) { request, record in
          requests.note(request, record: record)
          return true
        }
        open = requests.openHolds
      }
      return try open.compactMap { hold in
        guard try !isEnded(hold), let record = try record(of: hold.request),
          let held = record.heldCalls.first(where: { $0.holder == hold.holder })
        else { return nil }
        return Hold(
          request: hold.request, transaction: held.call.transaction, holder: hold.holder,
          outcome: record.outcome(of: held))
      }
    }
  }

  /// Whether what was taken was used or given back.
  func isEnded(_ hold: OpenHold) throws -> Bool {
    try record(of: hold.end)?.isProcessed ?? false
  }
}
