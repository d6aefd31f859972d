import MerganserDatabase
public import MerganserModel
import MerganserTypes

// Declared transactions.
extension Replica {
  /// Runs a declared transaction as the plan says, and returns when what it wrote is as safe as the
  /// storage makes it.
  ///
  /// - Parameters:
  ///   - transaction: the transaction.
  ///   - argument: its arguments. Where the plan rests on a search, they are among those that it tried; else they
  ///     need not be.
  /// - Throws: ``/MerganserModel/PlanError``, if it runs at another replica, is not declared, or does more
  ///   than the plan lists; and what ``write(_:body:)`` throws. Nothing has happened then.
  public func perform<each Argument: Sendable>(
    _ transaction: DeclaredTransaction<(repeat each Argument)>, _ argument: repeat each Argument
  ) async throws {
    let arguments = (repeat each argument)
    try await perform(
      transaction.name, on: arguments, text: transaction.text(arguments)
    ) { tx in try transaction.body(tx, arguments) }
  }

  /// Runs a call of a declared transaction as the plan says, whatever the types of its arguments.
  package func perform(_ call: AnyDeclaredTransaction.Call, of name: String) async throws {
    try await perform(name, on: call.values, text: call.arguments, body: call.body)
  }

  private func perform(
    _ name: String, on arguments: any Sendable, text: [String],
    body: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) async throws {
    let wall = wall
    let clearance = clearance(of: name, text: text)
    let body = try self.body(of: name, on: arguments, text: text, otherwise: body)
    try await run { database in
      try database.transact(clearance: try clearance(database), wall: wall(), body: body)
    }
  }

  /// Runs a declared transaction as the plan says, so that it counts once, however often its request is
  /// sent to this replica; see ``write(request:contents:scope:recordsRefusal:body:)``.
  ///
  /// What the request asks for is the transaction's name and its arguments: the same id with others is
  /// answered so. An argument that is not `BinaryCodable` counts as its description.
  ///
  /// - Parameters:
  ///   - transaction: the transaction.
  ///   - argument: its arguments. Where the plan rests on a search, they are among those that it tried; else they
  ///     need not be.
  ///   - request: the request's id.
  ///   - recordsRefusal: whether a refusal is for good.
  /// - Returns: what came of it.
  /// - Throws: ``/MerganserModel/PlanError``, if it runs at another replica, or is not declared: the
  ///   request may be sent there; and what ``write(request:contents:scope:recordsRefusal:body:)`` throws.
  @discardableResult
  public func perform<each Argument: Sendable>(
    _ transaction: DeclaredTransaction<(repeat each Argument)>, _ argument: repeat each Argument,
    request: RequestID, recordsRefusal: Bool = false
  ) async throws -> RequestResult<Void> {
    let arguments = (repeat each argument)
    var encoder = BinaryEncoder()
    transaction.name.encode(to: &encoder)
    repeat Self.encode(each argument, to: &encoder)
    let sent = SentRequest<Void>(
      id: request, contents: RequestContents(bytes: encoder.bytes), recordsRefusal: recordsRefusal)
    let wall = wall
    let text = transaction.text(arguments)
    let clearance = clearance(of: transaction.name, text: text)
    let body = try body(of: transaction.name, on: arguments, text: text) { tx in
      try transaction.body(tx, arguments)
    }
    return try await run { database in
      try database.transact(
        sent, clearance: try clearance(database), wall: wall(), body: body)
    }
  }

  /// What runs: where the plan rests on a search, what the schema declares under the name for these arguments.
  private func body(
    of name: String, on arguments: any Sendable, text: [String],
    otherwise body: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) throws -> @Sendable (borrowing Transaction) throws -> Void {
    let searched = try admission.searchedCall(of: name, arguments: arguments, text: text)
    return admission.timed(searched?.body ?? body)
  }

  private static func encode(_ argument: some Sendable, to encoder: inout BinaryEncoder) {
    if let value = argument as? any BinaryCodable {
      encoder.encode(byte: 0)
      encoder.encode(lengthPrefixed: value.binaryEncoded())
    } else {
      encoder.encode(byte: 1)
      "\(argument)".encode(to: &encoder)
    }
  }

  /// What says, by the state that the transaction is to see, what it may write.
  private func clearance(
    of name: String, text: [String]
  ) -> @Sendable (Database) throws -> Clearance {
    let admission = admission
    let replica = id
    return { database in
      try admission.clearance(
        ofCall: name, arguments: text, at: replica, in: database.state, of: database.catalog)
    }
  }
}
