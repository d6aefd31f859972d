public import MerganserTypes

/// A row in a transaction: to be read, created, written and deleted.
///
/// Writing to a row that is not there creates it. An item is valid inside its transaction only.
public struct Item<Key: TableKey, Value: Replicated> {
  @usableFromInline let table: Table<Key, Value>
  @usableFromInline let number: Int
  /// The row's key.
  public let key: Key
  @usableFromInline let encodedKey: [UInt8]
  @usableFromInline let rows: StagedTable
  @usableFromInline let workspace: Workspace

  @inlinable
  init(
    table: Table<Key, Value>, number: Int, key: Key, encodedKey: [UInt8], rows: StagedTable,
    workspace: Workspace
  ) {
    self.table = table
    self.number = number
    self.key = key
    self.encodedKey = encodedKey
    self.rows = rows
    self.workspace = workspace
  }

  /// The row as this transaction sees it, with incarnations that may have lost what they refer to.
  @inlinable
  var row: Row<Value.Store> {
    get throws(StorageError) { try rows.row(encodedKey, as: Value.Store.self) }
  }

  /// The row's incarnations that live in this transaction.
  @inlinable
  var incarnations: [Row<Value.Store>.Incarnation] {
    get throws(StorageError) {
      let all = try row.incarnations
      if workspace.catalog.rules.tables[number].references.isEmpty { return all }
      var dead: [Dot] = []
      for incarnation in all {
        let isSupported = try workspace.isSupported(
          incarnation.dot, anchors: incarnation.anchors, of: encodedKey, in: number)
        if !isSupported { dead.append(incarnation.dot) }
      }
      return dead.isEmpty ? all : all.filter { !dead.contains($0.dot) }
    }
  }

  /// Whether the row is there.
  ///
  /// - Throws: ``StorageError``, if it cannot be read.
  @inlinable
  public var exists: Bool { get throws { try !incarnations.isEmpty } }

  /// The row's value; nothing where there is no row.
  ///
  /// - Throws: ``StorageError``, if it cannot be read.
  @inlinable
  public var value: Value? { get throws { Row<Value.Store>.value(of: try incarnations) } }

  /// Creates the row, with nothing written to it, unless it is there.
  @inlinable
  public func create() throws {
    if try !exists { _ = try createIncarnation() }
  }

  /// Deletes the row and all that was written to it, here and by whoever wrote to it concurrently.
  ///
  /// Deleting a row that is not there does nothing.
  @inlinable
  public func delete() throws {
    try checkOpen()
    let row = try row
    guard !row.isBottom else { return }
    rows.write(
      encodedKey, Row<Value.Store>(),
      delta: Causal(Row(), context: CausalContext(row.incarnationDots)))
  }

  /// Creates the row again as it is, so that a concurrent deletion does not delete it.
  ///
  /// - Throws: ``TransactionError/noSuchRow(table:key:)``.
  @inlinable
  public func touch() throws where Value: ConsistsOfWrites {
    try checkOpen()
    let living = try incarnations
    guard var store = living.first?.store else {
      throw TransactionError.noSuchRow(table: table.name, key: "\(key)")
    }
    for incarnation in living.dropFirst() { Value.unite(&store, with: incarnation.store) }
    let dot = workspace.author.nextDot()
    let row = Row(Row<Value.Store>.Incarnation(dot: dot, anchors: [], store: store))
    var context = row.dots
    for old in try self.row.incarnations { context.insert(old.dot) }
    rows.write(encodedKey, row, delta: Causal(row, context: context))
  }

  /// Writes to the row by a delta-mutator, creating the row if it is not there.
  ///
  /// `mutate` changes the store that it is given and returns the delta of that change; its context is
  /// the dots that it added and removed. If it throws, nothing was written.
  @inlinable
  public func update(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    guard let dot = try incarnations.first?.dot else {
      _ = try createIncarnation(mutate)
      return
    }
    try update(dot, mutate)
  }

  /// Writes to one incarnation of the row.
  @inlinable
  func update(
    _ dot: Dot, _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store>
  ) throws {
    try checkOpen()
    var row = try row
    guard let place = row.living.firstIndex(where: { $0.dot == dot }) else {
      throw TransactionError.noSuchRow(table: table.name, key: "\(key)")
    }
    var author = workspace.author
    let delta = try mutate(&row.living[place].store, &author)
    workspace.author = author
    let anchors = row.living[place].anchors
    var context = delta.context
    context.insert(dot)
    rows.write(
      encodedKey, row,
      delta: Causal(
        Row(.init(dot: dot, anchors: anchors, store: delta.store)), context: context))
  }

  /// Adds an incarnation of this replica's making, with what `mutate` writes to it.
  @inlinable
  func createIncarnation(
    _ mutate: (inout Value.Store, inout Author) throws -> Causal<Value.Store> = { _, _ in Causal() }
  ) throws -> Dot {
    try checkOpen()
    var author = workspace.author
    let dot = author.nextDot()
    var store = Value.Store()
    let delta = try mutate(&store, &author)
    workspace.author = author
    var row = try row
    let place = row.living.firstIndex { $0.dot > dot } ?? row.living.endIndex
    row.living.insert(.init(dot: dot, anchors: [], store: store), at: place)
    var context = delta.context
    context.insert(dot)
    rows.write(
      encodedKey, row,
      delta: Causal(Row(.init(dot: dot, anchors: [], store: delta.store)), context: context))
    return dot
  }

  @inlinable
  func checkOpen() throws {
    if workspace.hasEnded { throw TransactionError.ended }
  }
}
