import MerganserModel
import MerganserTypes

/// What a running transaction reads and has written so far.
///
/// It never leaves the writer's thread.
final class Workspace: TransactionContext {
  let catalog: Catalog
  package let founder: ReplicaID
  /// Who has ended, and who takes whose place.
  package let succession: Succession
  /// Who writes.
  package var author: Author
  /// Whether the closure has returned.
  package private(set) var hasEnded = false
  /// Whether the transaction has read its time.
  package var readsTime = false
  package var readsReplica = false
  package var answer: [UInt8]?
  /// Whether what it does is noted.
  var notesEffects = false
  /// By table, what it was seen to do when it was committed, if somebody asks.
  var kinds: [Int: WriteKinds] = [:]
  /// Whether a write is under way, so that no other may begin.
  private var isWriting = false
  /// By table, what was written to it.
  private(set) var staged: [StagedTable] = []
  /// What the transaction reads; `nil` once it has been let go of.
  private var base: DatabaseState?
  private let seen: SeenVersions
  private let ownSequences: PartialRangeFrom<UInt64>

  init(catalog: Catalog, founder: ReplicaID, base: DatabaseState, author: Author) {
    self.catalog = catalog
    self.founder = founder
    succession = base.succession
    self.base = base
    seen = SeenVersions(base.vector)
    self.author = author
    ownSequences = author.nextSequence...
  }

  /// Nothing is read or written any more.
  func end() {
    hasEnded = true
    letGo()
  }

  package func number(ofTable name: String, of type: Any.Type) throws(SchemaError) -> Int {
    try catalog.number(ofTable: name, of: type)
  }

  package func table(_ number: Int) -> any AnyTable { catalog.tables[number] }

  package func escrow(ofTable number: Int) -> (limits: EscrowLimits, invariant: String)? {
    if let base, !base.guarantees.contains(.heldRights) { return nil }
    let invariants = catalog.invariantBook.tables[number]
    guard let limits = invariants.limits, let invariant = invariants.limiting else { return nil }
    return (limits, invariant)
  }

  package func hasReferences(fromTable number: Int) -> Bool {
    !catalog.invariantBook.tables[number].references.isEmpty
  }

  package func beginWrite(
    to key: [UInt8], ofTable number: Int
  ) throws(TransactionError) -> Author {
    if isWriting {
      let table = catalog.tables[number]
      throw .nestedWrite(table: table.name, key: table.text(ofKey: key))
    }
    isWriting = true
    return author
  }

  package func endWrite(as author: Author?) {
    isWriting = false
    if let author { self.author = author }
  }

  /// Lets go of what the transaction has read, so that it can be changed where it stands.
  func letGo() {
    base = nil
    seen.vector = VersionVector()
    for table in staged { table.letGo() }
  }

  /// The rows of a table as this transaction sees them.
  package func rows(_ number: Int) -> any StagedRows {
    if let found = staged.first(where: { $0.number == number }) { return found }
    let rows = StagedTable(
      number, of: base?.tables[number] ?? TableState(catalog.tables[number].operations),
      seen: seen)
    staged.append(rows)
    return rows
  }

  /// A row as this transaction sees it; `nil` if there is none.
  private func row(_ key: [UInt8], in number: Int) throws(StorageError) -> AnyRow? {
    if let found = staged.first(where: { $0.number == number }) { return try found.row(key) }
    return try base?.tables[number].row(key)
  }

  /// The living incarnations of a row, as this transaction sees it.
  func incarnations(
    of key: [UInt8], in number: Int
  ) throws(StorageError) -> [(dot: Dot, anchors: [Dot])] {
    try row(key, in: number).map(catalog.tables[number].operations.incarnations) ?? []
  }

  /// Adds an incarnation to a row.
  func create(_ key: [UInt8], in number: Int) throws -> Dot {
    var author = try beginWrite(to: key, ofTable: number)
    do {
      let rows = rows(number)
      let row =
        try rows.staged(key)
        ?? catalog.tables[number].stagedRow(try rows.unwrittenRow(key), seen: seen)
      let dot = try row.create(as: &author)
      rows.stage(row, under: key)
      endWrite(as: author)
      return dot
    } catch {
      endWrite(as: nil)
      throw error
    }
  }

  /// Whether every reference of a row's incarnation has a parent that lives in this transaction.
  ///
  /// One that this transaction created refers to whatever lives when it commits.
  package func isSupported(
    _ incarnation: Dot, anchors: [Dot], of key: [UInt8], in number: Int
  ) throws(StorageError) -> Bool {
    if isOwn(incarnation) { return true }
    for reference in catalog.invariantBook.tables[number].references {
      let reference = catalog.invariantBook.references[reference]
      guard reference.key.isCascading else { continue }
      let parent = try row(reference.parentKey(of: key), in: reference.parent)
      let living = catalog.tables[reference.parent].operations.living(parent)
      if !living.hasAny(anchors) { return false }
    }
    return true
  }

  /// Whether this transaction made the dot.
  package func isOwn(_ dot: Dot) -> Bool {
    dot.replica == author.replica && ownSequences.contains(dot.sequence)
  }
}
