public import MerganserTypes

/// What a running transaction reads and writes through.
///
/// Nothing of it is generic: an item knows the type of its row, and is specialized where the table is declared.
@usableFromInline
package protocol TransactionContext: AnyObject {
  /// Who writes.
  var author: Author { get set }
  /// Whether the closure has returned.
  var hasEnded: Bool { get }
  /// Whether the transaction has read its time.
  var readsTime: Bool { get set }
  /// Whether the transaction has asked which replica it runs at.
  var readsReplica: Bool { get set }
  /// What the transaction answers to who asked for it, encoded.
  var answer: [UInt8]? { get set }
  /// The database's founder.
  var founder: ReplicaID { get }
  /// Who has ended, and who takes whose place.
  var succession: Succession { get }

  /// The number of the table of a name, which is of the given type.
  func number(ofTable name: String, of type: Any.Type) throws(SchemaError) -> Int

  /// A table, by its number.
  func table(_ number: Int) -> any AnyTable

  /// The range within which escrow keeps a table's counters, and the invariant that has it; `nil` if there is none.
  func escrow(ofTable number: Int) -> (limits: EscrowLimits, invariant: String)?

  /// Whether a table's rows refer to others.
  func hasReferences(fromTable number: Int) -> Bool

  /// The rows of a table as the transaction sees them.
  func rows(_ number: Int) -> any StagedRows

  /// Lends the author to a write, in which no other may begin.
  func beginWrite(to key: [UInt8], ofTable number: Int) throws(TransactionError) -> Author

  /// Takes the author back; `nil` of a write that failed, which uses up none of its dots.
  func endWrite(as author: Author?)

  /// Whether every reference of a row's incarnation has a parent that lives in this transaction.
  ///
  /// One that this transaction created refers to whatever lives when it commits.
  func isSupported(
    _ incarnation: Dot, anchors: [Dot], of key: [UInt8], in number: Int
  ) throws(StorageError) -> Bool

  /// Whether this transaction made the dot.
  func isOwn(_ dot: Dot) -> Bool
}

/// The rows of a table as a transaction sees them, with what it has written.
@usableFromInline
package protocol StagedRows: AnyObject {
  /// What the transaction has seen.
  var seen: SeenVersions { get }

  /// What was written to a row; `nil` if nothing was.
  func staged(_ key: [UInt8]) -> StagedRow?

  /// The row under `key` as the transaction sees it; `nil` if there is none.
  func row(_ key: [UInt8]) throws(StorageError) -> AnyRow?

  /// The row under `key`, to which nothing was written.
  func unwrittenRow(_ key: [UInt8]) throws(StorageError) -> AnyRow?

  /// Notes that a row was written to.
  func stage(_ row: StagedRow, under key: [UInt8])
}

/// A transaction's context, for whoever may hold on to it beyond the transaction's end.
///
/// There is no other way to it than through the question whether the transaction still runs.
@usableFromInline
package struct OpenTransaction {
  private let context: any TransactionContext

  /// The transaction of a context.
  @usableFromInline
  package init(_ context: any TransactionContext) { self.context = context }

  /// Notes what the transaction answers.
  func note(answer: [UInt8]) { context.answer = answer }

  /// What the transaction answers; `nil` if it has not said.
  package var answer: [UInt8]? { context.answer }

  /// Notes that the transaction has read its time.
  func noteTimeRead() { context.readsTime = true }

  /// Notes that the transaction has asked which replica it runs at.
  func noteReplicaRead() { context.readsReplica = true }

  /// The context.
  ///
  /// - Throws: ``TransactionError/ended``.
  @usableFromInline
  package func callAsFunction() throws -> any TransactionContext {
    if context.hasEnded { throw TransactionError.ended }
    return context
  }
}
