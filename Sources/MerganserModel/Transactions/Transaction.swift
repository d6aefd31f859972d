public import MerganserTypes

/// One transaction: it reads one snapshot and its own writes, and commits all of them or none.
///
/// It is valid inside its closure only: it cannot leave that, and the items that do throw
/// ``TransactionError/ended``.
///
/// Text is stored in Unicode's normalization form C. Until the transaction commits, it reads its own text as it
/// wrote it; invariants, and all who read after the commit, see the form that is stored. The two are equal by `==`, sort
/// alike and are one key; only their scalars and bytes can differ.
///
/// ```swift
/// try await replica.write { tx in
///   let book = try tx[library.books, "17"]
///   if try !book.exists { try book.set("Middlemarch") }
///   try tx[library.loans, Path("17", child: 2026)].insert("ann")
/// }
/// ```
public struct Transaction: ~Copyable {
  /// The replica that the transaction runs at.
  ///
  /// One that runs in the seat of a replica that has ended does not read it: the search knew that one's. What a plan
  /// decides by a search may compare it and key rows by it, and not compute with its bits.
  public var replica: ReplicaID {
    open.noteReplicaRead()
    return author
  }
  private let author: ReplicaID
  /// The time of everything that the transaction writes.
  ///
  /// A transaction that a plan lets run by a search does not read it: the search tries no times but its own.
  public var time: HybridTime {
    open.noteTimeRead()
    return stamp
  }
  private let stamp: HybridTime
  @usableFromInline package let open: OpenTransaction

  package init(_ context: any TransactionContext) {
    author = context.author.replica
    stamp = context.author.time
    open = OpenTransaction(context)
  }

  /// Answers to who asked for the transaction, where that is a request whose outcome is kept: the last answer is.
  ///
  /// ``RequestOutcome/result(as:)`` gives it, on every replica and whenever the request is repeated. It has at most
  /// ``RequestOutcome/maximumResultLength`` bytes.
  public func answer(_ value: some BinaryCodable) { open.note(answer: value.binaryEncoded()) }

  /// The row of `table` under `key`, there or not.
  ///
  /// - Throws: ``SchemaError``, if the table is not the schema's; ``KeyError``, if the key is too long;
  ///   ``TransactionError/ended``.
  @inlinable
  public subscript<Key, Value>(table: Table<Key, Value>, key: Key) -> Item<Key, Value> {
    get throws {
      let context = try open()
      let number = try context.number(ofTable: table.name, of: Table<Key, Value>.self)
      let rows = context.rows(number)
      return Item(
        table: table, number: number, key: key,
        encodedKey: try table.encoded(key) { try rows.row($0) }, open: open)
    }
  }
}
