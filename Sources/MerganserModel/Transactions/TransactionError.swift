public import MerganserTypes

/// Why a transaction did not do what was asked, other than that an invariant would break.
public enum TransactionError: MerganserError, Hashable {
  /// The transaction was used after its closure had returned.
  case ended
  /// This replica's identity has ended, and writes nothing any more.
  case identityEnded(ReplicaID, heir: ReplicaID)
  /// A write began inside the closure of another one.
  case nestedWrite(table: String, key: String)
  /// The delta of an update counts in the name of another replica, or names writes that are not known here, so
  /// that no other replica would take it.
  case writesForOthers(table: String, key: String)
  /// The transaction would make a row larger than ``RowSize/maximumWritten``, in bytes as it is stored.
  case rowTooLarge(table: String, key: String, size: Int, limit: Int)
  /// What was written to the row cannot be read back from its bytes, so that no other replica would take it.
  ///
  /// Text with more than 256 combining marks in a row is such, and a value of a type of your own whose decoding
  /// refuses what its encoding made.
  case unreadable(table: String, key: String, reason: String)
  /// The row does not exist, and the operation does not create it.
  case noSuchRow(table: String, key: String)
  /// A write to the table can break an invariant on a merge, so that no replica may make it alone.
  ///
  /// `remedy` says what to declare instead.
  case needsCoordination(invariant: String, table: String, remedy: String)
  /// A replica owns what was to be given out, or written again, and alone may do it.
  case ownedElsewhere(_ name: String, by: ReplicaID, invariant: String, table: String)
  /// A plan keeps the invariant by the order or the places in which declared transactions run; a write
  /// to the table that is not one of them would not be seen by these.
  case reserved(invariant: String, table: String)
  /// A plan lets a declared transaction run by a search in which nobody but declared transactions wrote to the table.
  case reservedBySearch(transaction: String, table: String)
  /// Rows of the table come, change and go in the order of a group; or, of a parent of such rows, go in it.
  case ordered(table: String, group: String)
  /// What is ordered in a group writes to its tables alone, and deletes parents of their rows.
  case leavesGroup(_ group: String, table: String)
  /// An invariant about what was to be written came with a newer version of the program; this one can keep the
  /// rows of the table and hand them on, but cannot ask the invariant.
  case lacksInvariant(_ invariant: String, table: String)
  /// The transaction's closure ran for longer than transactions may, while all other writes waited.
  case tookTooLong(limit: Duration)
}

extension TransactionError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .ended: "the transaction has ended; use it inside its closure only"
    case .identityEnded(let identity, let heir):
      """
      the identity \(identity.shortDescription) has ended, with \(heir.shortDescription) for its heir; give \
      this store a new identity (merganser renew)
      """
    case .nestedWrite(let table, let key):
      """
      row \(key) of \(table) is used inside the closure of an update that has not returned; use it before \
      or after
      """
    case .writesForOthers(let table, let key):
      """
      the update of row \(key) of \(table) returned a delta that counts for another replica, names writes that are \
      not known here, or holds some that its context does not name; return what the update changed, written as its \
      author
      """
    case .rowTooLarge(let table, let key, let size, let limit):
      """
      the transaction makes row \(key) of \(table) \(size) bytes long, and at most \(limit) are written to a \
      row; take something out of it, or spread what it holds over several rows
      """
    case .unreadable(let table, let key, let reason):
      """
      what the transaction writes to row \(key) of \(table) could not be read by other replicas: \(reason); \
      write another value
      """
    case .noSuchRow(let table, let key): "\(table) has no row \(key); create it first"
    case .needsCoordination(let invariant, let table, let remedy):
      """
      a write to \(table) can break "\(invariant)" when replicas meet; \(remedy), or make it with scope \
      .localOnly if this replica's own state is all that the invariant is about
      """
    case .ownedElsewhere(let name, let owner, let invariant, let table):
      """
      a write to \(table) takes \(name), which replica \(owner) owns ("\(invariant)"); make it there, or \
      with scope .localOnly if this replica's own state is all that the invariant is about
      """
    case .reserved(let invariant, let table):
      """
      the plan keeps "\(invariant)" by its own transactions, which would not see this write to \
      \(table); declare it as a transaction, and make the plan again
      """
    case .reservedBySearch(let transaction, let table):
      """
      the plan lets \(transaction) run by a search, in which nobody but declared transactions wrote to \(table); \
      declare this write as a transaction, and make the plan again
      """
    case .ordered(let table, let group):
      """
      what is written to \(table), or goes from it, is in the order of \(group); declare the transaction, and submit it \
      (Replica.submit)
      """
    case .leavesGroup(let group, let table):
      """
      a transaction in the order of \(group) writes to its tables alone, and \(table) is not one of them; put it into \
      the group, or write to it in a transaction of its own
      """
    case .lacksInvariant(let invariant, let table):
      """
      a write to \(table) can break "\(invariant)", an invariant of the database that this version of the program \
      does not have; write with a newer one
      """
    case .tookTooLong(let limit):
      """
      the transaction's closure ran for more than \(limit), while all other writes waited; nothing of it was kept. \
      Read and compute before you write, or allow more (Running.timeLimit)
      """
    }
  }
}
