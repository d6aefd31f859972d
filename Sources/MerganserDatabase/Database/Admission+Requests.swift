package import MerganserModel
import MerganserTypes

/// What bounds how long a transaction's closure runs.
package typealias TransactionLimiter =
  (@escaping @Sendable (borrowing Transaction) throws -> Void) ->
  @Sendable (borrowing Transaction) throws -> Void

/// The code that a request asks for, and what it may write.
package struct RequestedWork {
  var body: @Sendable (borrowing Transaction) throws -> Void
  let clearance: Clearance
}

extension Admission {
  /// The code that an open request asks for, to be run at the primary; `nil` if this program does not have it.
  ///
  /// - Throws: ``/MerganserModel/PlanError``, if the plan does not let it; what decoding its arguments throws.
  func orderedCall(
    _ contents: [UInt8], at primary: ReplicaID, in state: DatabaseState, of catalog: Catalog
  ) throws -> RequestedWork? {
    let call = try OrderedCall(binaryEncoded: contents)
    guard let declared = declared(call.transaction), declared.edition == call.edition else {
      return nil
    }
    return try work(
      of: call.transaction, on: call.arguments, at: primary, in: state, of: catalog)
  }

  /// The code of a local part of a request, to be run where that was submitted; `nil` if this program does not have it.
  ///
  /// - Throws: ``/MerganserModel/OrderError/partNotLocal(_:part:)``; ``/MerganserModel/PlanError``, if the plan does not let it; what decoding
  ///   its arguments throws.
  func localPart(
    _ name: String, of call: OrderedCall, at replica: ReplicaID, in state: DatabaseState,
    of catalog: Catalog
  ) throws -> RequestedWork? {
    switch plan?.entries[name]?.way {
    case .local, .escrow, .cascade, .owned: break
    case .ordered, .refused, nil:
      throw OrderError.partNotLocal(call.transaction, part: name)
    }
    return try work(of: name, on: call.arguments, at: replica, in: state, of: catalog)
  }

  private func work(
    of name: String, on arguments: [UInt8], at replica: ReplicaID, in state: DatabaseState,
    of catalog: Catalog
  ) throws -> RequestedWork? {
    guard let decode = declared(name)?.callOfRequest else { return nil }
    let asked = try decode(arguments)
    let searched = try searchedCall(of: name, arguments: asked.values, text: asked.arguments)
    return RequestedWork(
      body: searched?.body ?? asked.body,
      clearance: try clearance(
        ofCall: name, arguments: asked.arguments, at: replica, in: state, of: catalog))
  }
}
