public import MerganserTypes

// Transactions over one row, which only an order keeps: claims, and compare-and-set.
extension DeclaredTransaction {
  /// Gives what a key names to a holder, if nobody else has it: a login, a seat, a licence plate.
  ///
  /// Of claims that are made at the same time, anywhere, one commits; the others are rejected with
  /// ``ClaimError/taken(table:key:holder:)``, which tells who has it. The table is ordered:
  ///
  /// ```swift
  /// struct Members: TransactionSchema {
  ///   let logins = Table<String, LWWRegister<String>>("logins")
  ///
  ///   var invariants: [any Invariant] { Ordered("a login is one member's", on: logins, in: "logins") }
  ///
  ///   var transactions: [AnyDeclaredTransaction] {
  ///     claim
  ///     release
  ///   }
  ///
  ///   var claim: DeclaredTransaction<(String, String)> {
  ///     .claim("claim", in: logins, over: ["ann"], for: ["1", "2"])
  ///   }
  ///   var release: DeclaredTransaction<(String, String)> {
  ///     .release("release", in: logins, over: ["ann"], for: ["1", "2"])
  ///   }
  /// }
  ///
  /// let receipt = try await laptop.submit(members.claim, "ann", "1")
  /// try await receipt.tentative()  // what would come of it: not known to others yet
  /// try await receipt.outcome(within: .seconds(10))
  /// ```
  ///
  /// - Parameters:
  ///   - name: the transaction's name.
  ///   - table: what each key names, and its holder.
  ///   - keys: keys that a search tries.
  ///   - holders: holders that a search tries.
  /// - Returns: the transaction, of a key and a holder.
  public static func claim<Key, Holder: Equatable & Sendable>(
    _ name: String, in table: Table<Key, LWWRegister<Holder>>, over keys: some Sequence<Key>,
    for holders: some Sequence<Holder>
  ) -> DeclaredTransaction where Arguments == (Key, Holder), Key: Equatable & Sendable {
    DeclaredTransaction(name, over: keys, over: holders) { tx, key, holder in
      let row = try tx[table, key]
      if let found = try row.value?.value, found != holder {
        throw ClaimError.taken(table: table.name, key: "\(key)", holder: "\(found)")
      }
      try row.set(holder)
    }
  }

  /// Takes back what a key names from its holder, and from nobody else.
  ///
  /// - Parameters:
  ///   - name: the transaction's name.
  ///   - table: what each key names, and its holder.
  ///   - keys: keys that a search tries.
  ///   - holders: holders that a search tries.
  /// - Returns: the transaction, of a key and a holder.
  public static func release<Key, Holder: Equatable & Sendable>(
    _ name: String, in table: Table<Key, LWWRegister<Holder>>, over keys: some Sequence<Key>,
    for holders: some Sequence<Holder>
  ) -> DeclaredTransaction where Arguments == (Key, Holder), Key: Equatable & Sendable {
    DeclaredTransaction(name, over: keys, over: holders) { tx, key, holder in
      let row = try tx[table, key]
      guard let found = try row.value?.value, found == holder else {
        throw ClaimError.notHeld(table: table.name, key: "\(key)", holder: "\(holder)")
      }
      try row.delete()
    }
  }

  /// Writes a register's new value, if it has the one that is expected; without one, if there is no row.
  ///
  /// It is linearizable: of those that are submitted at the same time and expect one value, one commits.
  /// The others are rejected with ``ClaimError/changed(table:key:expected:found:)``, which tells what they found. The table is
  /// ordered, as in ``claim(_:in:over:for:)``.
  ///
  /// - Parameters:
  ///   - name: the transaction's name.
  ///   - table: the registers.
  ///   - keys: keys that a search tries.
  ///   - expected: values to expect that a search tries.
  ///   - values: new values that a search tries.
  /// - Returns: the transaction, of a key, the expected value and the new one.
  public static func compareAndSet<Key, Value: Equatable & Sendable>(
    _ name: String, in table: Table<Key, LWWRegister<Value>>, over keys: some Sequence<Key>,
    expecting expected: some Sequence<Value?>, setting values: some Sequence<Value>
  ) -> DeclaredTransaction where Arguments == (Key, Value?, Value), Key: Equatable & Sendable {
    DeclaredTransaction(name, over: keys, over: expected, over: values) {
      tx, key, expected, value in
      let row = try tx[table, key]
      let found = try row.value?.value
      guard found == expected else {
        throw ClaimError.changed(
          table: table.name, key: "\(key)", expected: expected.map { "\($0)" },
          found: found.map { "\($0)" })
      }
      try row.set(value)
    }
  }

  /// Answers a register's value in the order: what every request before it has left, wherever it was submitted.
  ///
  /// The value is the result of the outcome (``RequestOutcome/result(as:)``), as an optional; there is none if there is no row.
  /// A schema lists it as `read.placed(.ordered)`, for what writes nothing would be ordered by nothing else.
  ///
  /// - Parameters:
  ///   - name: the transaction's name.
  ///   - table: the registers.
  ///   - keys: keys that a search tries.
  /// - Returns: the transaction, of a key.
  public static func orderedRead<Value: BinaryCodable>(
    _ name: String, in table: Table<Arguments, LWWRegister<Value>>,
    over keys: some Sequence<Arguments>
  ) -> DeclaredTransaction where Arguments: TableKey & Equatable & Sendable {
    DeclaredTransaction(name, over: keys) { tx, key in
      tx.answer(try tx[table, key].value?.value)
    }
  }
}

/// Why a claim or a compare-and-set was rejected.
public enum ClaimError: MerganserError, Hashable {
  /// Somebody else has it.
  case taken(table: String, key: String, holder: String)
  /// Whoever gives it back does not have it.
  case notHeld(table: String, key: String, holder: String)
  /// The register has another value than was expected.
  case changed(table: String, key: String, expected: String?, found: String?)
}

extension ClaimError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .taken(let table, let key, let holder): "\(key) of \(table) is taken, by \(holder)"
    case .notHeld(let table, let key, let holder): "\(holder) does not have \(key) of \(table)"
    case .changed(let table, let key, let expected, let found):
      "\(key) of \(table) was expected to be \(expected ?? "absent"), and is \(found ?? "absent")"
    }
  }
}
