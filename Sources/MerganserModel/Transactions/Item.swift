public import MerganserTypes

/// A row in a transaction: to be read, created, written and deleted.
///
/// Writing to a row that is not there creates it. An item is valid inside its transaction only: after that,
/// all that it does throws ``TransactionError/ended``.
///
/// A row that was created several times concurrently is read and written as one. A mutator works on the value
/// that is read; what it adds it adds once, and what it removes is gone. Where the creations add up, as those
/// of counters do, it works on one of them, see ``/MerganserTypes/Replicated/unite(_:with:for:)``.
///
/// ```swift
/// let stock = try tx[shop.stock, "bread"]
/// if try stock.value?.value ?? 0 > 10 { try stock.decrement(by: 3) } else { try stock.delete() }
/// ```
public struct Item<Key: TableKey, Value: Replicated> {
  @usableFromInline package let table: Table<Key, Value>
  @usableFromInline package let number: Int
  /// The row's key.
  public let key: Key
  @usableFromInline package let encodedKey: [UInt8]
  @usableFromInline package let open: OpenTransaction

  @inlinable
  package init(
    table: Table<Key, Value>, number: Int, key: Key, encodedKey: [UInt8], open: OpenTransaction
  ) {
    self.table = table
    self.number = number
    self.key = key
    self.encodedKey = encodedKey
    self.open = open
  }

  /// The row's incarnations that live in this transaction.
  @inlinable @inline(__always)
  package var incarnations: Few<Row<Value.Store>.Incarnation> {
    get throws {
      try open.incarnations(of: encodedKey, inTable: number) {
        .nestedWrite(table: table.name, key: "\(key)")
      }
    }
  }

  /// Lets `body` write to the row, given the incarnations that have lost what they refer to.
  @inlinable @inline(__always)
  package func write<Result>(
    _ body: (TypedStagedRow<Value>, [Dot], inout Author) throws -> Result
  ) throws -> Result {
    try open.write(to: encodedKey, ofTable: number, body: body)
  }
}

extension Item {
  /// Whether the row is there.
  ///
  /// - Throws: ``StorageError``, if it cannot be read; ``TransactionError/ended``.
  @inlinable
  public var exists: Bool { get throws { try !incarnations.isEmpty } }

  /// The row's value; `nil` if there is no row.
  ///
  /// - Throws: ``StorageError``, if it cannot be read; ``TransactionError/ended``.
  @inlinable
  public var value: Value? { get throws { Row<Value.Store>.value(of: try incarnations) } }

  /// Creates the row, with nothing written to it, unless it is there.
  @inlinable
  public func create() throws {
    try write { row, dead, author in
      if row.count(except: dead) == 0 { _ = try row.create(as: &author) }
    }
  }

  /// Deletes the row and all that was written to it, here and by whoever wrote to it concurrently.
  ///
  /// Deleting a row that is not there does nothing.
  @inlinable
  public func delete() throws {
    try write { row, _, _ in row.delete() }
  }

  /// Creates the row once more beside what is there, so that a concurrent deletion does not delete it.
  ///
  /// What others write to the row, and rows of theirs that refer to it, stay. After a concurrent deletion the
  /// row has the value of a register or the elements of a grow-only set as they were; elements of an
  /// ``/MerganserTypes/ORSet`` and values of an ``/MerganserTypes/MVRegister`` go with the deletion, and so do
  /// rows that refer to this one by a key with ``ForeignKey/Deletion/cascade``.
  ///
  /// - Throws: ``TransactionError/noSuchRow(table:key:)``.
  @inlinable
  public func touch() throws where Value: ConsistsOfWrites {
    let context = try open()
    try write { row, dead, author in
      guard row.touch(except: dead, as: &author, where: { context.isOwn($0) }) else {
        throw TransactionError.noSuchRow(table: table.name, key: "\(key)")
      }
    }
  }

  /// Writes to the row by a delta-mutator, creating the row if it is not there.
  ///
  /// `mutate` changes the store that it is given and returns the delta of that change; its context is
  /// the dots that it added and removed. If it throws, nothing was written. It uses no item of the row that
  /// it writes to, and writes to no other.
  ///
  /// Who is lent the author can ask it which replica it is: that counts as having asked (``Transaction/replica``).
  ///
  /// - Throws: what `mutate` throws; ``TransactionError/nestedWrite(table:key:)``.
  @inlinable
  public func update(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    try open().readsReplica = true
    try change(mutate)
  }

  /// As ``update(_:)``, by the types' own mutators.
  @inlinable
  package func change(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    try write { row, dead, author in try row.update(except: dead, as: &author, mutate: mutate) }
  }

  /// Writes by a delta-mutator to each of the row's concurrent creations by itself, and does nothing if the
  /// row is not there.
  ///
  /// So the whole of a row is written to whose creations add up: a counter is set back in each.
  ///
  /// - Throws: as ``update(_:)``.
  @inlinable
  public func updateEach(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    try open().readsReplica = true
    try changeEach(mutate)
  }

  /// As ``updateEach(_:)``, by the types' own mutators.
  @inlinable
  package func changeEach(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    try write { row, dead, author in try row.updateEach(except: dead, as: &author, mutate: mutate) }
  }
}
