public import MerganserDatabase
public import MerganserModel
import MerganserTypes

// Transactions that run in one order, wherever they are submitted.
extension Replica {
  /// Submits a transaction that the plan orders: durable here at once, and run when the primary has it.
  ///
  /// The primary is the database's founder or its heir, until voters are named (``changeVoters(to:within:)``). It runs what is
  /// submitted anywhere in one order, in which a request comes after those that its replica knew of, and answers each: committed
  /// under a number, or rejected with a reason, which is what the transaction or an invariant threw. The answer reaches every
  /// replica, and never changes. What is committed is as durable as the primary's disk, or as a majority of the voters'.
  ///
  /// ```swift
  /// let receipt = try await laptop.submit(shop.sell, "teapot", 2)
  /// switch try await receipt.outcome(within: .seconds(10)) {
  /// case .committed: print("sold")
  /// case .rejected(let reason): print("not sold: \\(reason)")
  /// case .refused(let violation): print("not sold: \\(violation)")
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - transaction: the transaction. Its arguments are `BinaryCodable`.
  ///   - argument: its arguments.
  ///   - request: the request's id, by which it counts once however often it is submitted, at whichever replica; a new
  ///     one if none is given. It names no home.
  ///   - lifetime: for how long it may be open, from when it is submitted; the primary rejects it later. To the
  ///     millisecond, and at most a hundred years.
  /// - Returns: the receipt, by which what becomes of it is known.
  /// - Throws: ``/MerganserModel/OrderError``; ``/MerganserModel/PlanError/undeclared(_:)``;
  ///   ``/MerganserModel/RequestError/fromTheFuture(_:_:)``; ``/MerganserModel/StorageError``; what the transaction's local
  ///   part throws. Nothing has happened then.
  @discardableResult
  public func submit<each Argument: Sendable>(
    _ transaction: DeclaredTransaction<(repeat each Argument)>, _ argument: repeat each Argument,
    request: RequestID? = nil, lifetime: Duration = .seconds(30 * 86_400)
  ) async throws -> Receipt {
    guard let declared = admission.declared(transaction.name) else {
      throw PlanError.undeclared(transaction.name)
    }
    guard admission.orders(transaction.name) else {
      throw OrderError.notOrdered(transaction.name)
    }
    guard let coding = transaction.coding else {
      throw OrderError.argumentsNotCodable(transaction.name)
    }
    let arguments = coding.encode((repeat each argument))
    let (wall, admission) = (wall, admission)
    let id = request ?? RequestID.new(born: wall())
    let contents = try await run { database in
      try database.submit(
        declared, arguments: arguments, lifetime: lifetime, as: id, by: admission, wall: wall(),
        limited: admission.timed)
    }
    return Receipt(
      of: id, asking: contents, by: writer, reading: tentativeReader)
  }

  /// The receipt of a request that was submitted before, here or elsewhere.
  ///
  /// - Throws: ``/MerganserModel/OrderError/unknown(_:)``; ``/MerganserModel/StorageError``.
  public func receipt(of request: RequestID) throws -> Receipt {
    let receipt = Receipt(of: request, by: writer, reading: tentativeReader)
    _ = try receipt.state
    return receipt
  }

  /// The database as it will be if what is open in the order commits now, and nothing comes between.
  ///
  /// It is a snapshot as ``snapshot`` is. What stands in it beyond that is tentative: it rests on this replica's state, and may
  /// come out otherwise. Nothing that is written rests on it; a transaction that is to is submitted too.
  ///
  /// ```swift
  /// try await laptop.submit(shop.sell, "teapot", 2)
  /// print(try await laptop.tentative()[shop.stock, "teapot"]?.value ?? 0)  // two fewer than in laptop.snapshot
  /// ```
  ///
  /// - Complexity: O(1) where nothing has changed since the last time. A request is run again only where a table that it
  ///   used has changed, or one that an invariant compares with it; the others take O(1) each.
  /// - Throws: ``/MerganserModel/StorageError``; `CancellationError`.
  public func tentative() async throws -> Snapshot { try await tentativeReader.read().snapshot }
}
