public import MerganserModel
public import MerganserTypes

/// A state of another replica on its way into this one.
struct Adoption: Sendable {
  let header: StateHeader
  /// What this replica had seen when it began.
  let seen: CausalContext
  /// How far each origin's versions are in the state.
  let vector: VersionVector
  /// The tables that are still to come, and where in the first of them the next part begins.
  var tables: ArraySlice<Int>
  var behind: [UInt8]?
  /// By table: how many rows there were when it began, and how many of them are gone.
  let rows: [Int]
  var removed: [Int]

  /// What the other replica had seen.
  var otherSeen: CausalContext { CausalContext(vector) }
}

// Taking another replica's state in, where its log no longer has what is lacking here. What both have
// seen is compared over the whole range of keys: a row that the other has not and that its vector covers was
// removed there, and dies; one that is not covered lives on.
extension Database {
  /// Begins to take in the state that `header` announces.
  ///
  /// Its parts follow, and then ``completeAdoption()``; in between, the database is of no use for
  /// anything else. It is done on a copy, which takes the database's place in the end.
  ///
  /// - Parameters:
  ///   - header: what the state is the join of.
  ///   - wall: what the wall clock shows.
  ///   - history: the log, which is asked for the hashes of earlier versions.
  /// - Throws: as `check(_:wall:history:)`.
  public mutating func beginAdoption(
    of header: StateHeader, wall: HybridTime, history: any VersionHistory = NoHistory()
  ) throws {
    try check(header, wall: wall, history: history)
    // Of a table that the other does not know its vector covers nothing, so that all of it stays.
    let tables = catalog.parentsFirst.filter {
      header.tables?.contains(catalog.tables[$0].name) ?? true
    }
    adoption = Adoption(
      header: header, seen: CausalContext(state.vector), vector: header.vector,
      tables: tables[...], behind: nil, rows: state.tables.map(\.count),
      removed: Array(repeating: 0, count: state.tables.count))
  }

  /// Checks that the state which `header` announces can be taken in here.
  ///
  /// - Parameters: as those of ``beginAdoption(of:wall:history:)``.
  /// - Throws: ``/MerganserModel/ReplicationError/forkedHistory(origin:sequence:)``, if the state rests on another branch
  ///   of some replica's history; ``/MerganserModel/ReplicationError/beyondOwnHistory(origin:sequence:last:)``, if it has
  ///   later writes of this replica than there are; ``/MerganserModel/ReplicationError/stateFromTheFuture(_:)``;
  ///   ``/MerganserModel/StorageError``, if the log cannot be read.
  package func check(
    _ header: StateHeader, wall: HybridTime, history: any VersionHistory
  ) throws {
    let origins = header.heads.keys.count { state.vector[$0] == 0 } + state.vector.replicas.count
    guard origins <= Self.maximumOrigins else {
      throw ReplicationError.exceedsLimit(
        "replicas that have written", found: origins, limit: Self.maximumOrigins)
    }
    for head in header.heads.values where !(1...Dot.maximumSequence).contains(head.sequence) {
      throw ReplicationError.malformedState(reason: "it has a write numbered \(head.sequence)")
    }
    // The first in order: what is thrown is the same in every process.
    for (origin, head) in header.heads.sorted(by: { $0.key < $1.key })
    where try matches(head, of: origin, in: history) == false
      && guarantees.contains(.comparedHistories)
    {
      throw ReplicationError.forkedHistory(origin: origin, sequence: head.sequence)
    }
    if let own = header.heads[replica]?.sequence, own > state.vector[replica] {
      throw ReplicationError.beyondOwnHistory(
        origin: replica, sequence: own, last: state.vector[replica])
    }
    if let error = refusal(of: header, wall: wall) { throw error }
    if let unknown = header.tables?.first(where: { catalog.number(of: $0) == nil }) {
      throw ReplicationError.malformedState(
        reason: "it has a table \(unknown), which is not in the schema here")
    }
  }

  /// What the state that is being taken in has removed up to now, by table.
  package var adoptionRemovals: [RemovedRows] {
    guard let adoption else { return [] }
    return adoption.removed.indices.filter { adoption.removed[$0] > 0 }.map { number in
      RemovedRows(
        table: catalog.tables[number].name, removed: adoption.removed[number],
        rows: adoption.rows[number])
    }
  }

  /// Takes in the next part of the state.
  ///
  /// - Complexity: O(number of rows in the part and in its range here).
  /// - Throws: ``/MerganserModel/ReplicationError/malformedState(reason:)``; ``/MerganserModel/StorageError``.
  public mutating func adopt(_ part: StatePart) throws {
    guard var adoption, let number = adoption.tables.first else {
      throw ReplicationError.malformedState(reason: "a part that nothing announced")
    }
    let table = catalog.tables[number]
    guard part.table == table.name, part.behind == adoption.behind else {
      throw ReplicationError.malformedState(
        reason: "a part of \(part.table) where one of \(table.name) follows")
    }
    guard part.size <= StatePart.maximumSize else {
      throw ReplicationError.exceedsLimit(
        "bytes in a part of a state", found: part.size, limit: StatePart.maximumSize)
    }
    if let last = part.last {
      guard last.count <= maximumKeyLength, part.behind.map({ $0.precedes(last) }) ?? true else {
        throw ReplicationError.malformedState(reason: "a part of \(part.table) that goes nowhere")
      }
    }
    let rows = try table.decode(part, covered: adoption.vector)
    let before = state.tables[number]
    try rows.forEachKey(in: before) { key in
      guard rows.rows[key] != nil || guarantees.contains(.comparedStates) else { return }
      let count = state.tables[number].count
      let change = try key.withUnsafeBytes { bytes in
        try state.merge(
          number, key: bytes, with: rows.rows[key], seen: adoption.seen,
          otherSeen: adoption.otherSeen,
          in: catalog.invariantBook)
      }
      if state.tables[number].count < count { adoption.removed[number] += 1 }
      guard let change else { return }
      var collected: [ReplacedRow] = []
      try state.settle([change], in: catalog.invariantBook, noting: &collected)
      for row in collected where row.before != nil && row.after == nil {
        adoption.removed[row.table] += 1
      }
    }
    observe(rows.latestStamp)
    uncheckpointed += part.rows.reduce(0) { $0 + $1.key.count + $1.bytes.count }
    adoption.behind = part.last
    if part.last == nil { adoption.tables.removeFirst() }
    self.adoption = adoption
  }

  /// Ends taking the state in: what it is the join of has been seen here now.
  ///
  /// - Returns: the versions up to which it went further than this replica.
  /// - Throws: ``/MerganserModel/ReplicationError/malformedState(reason:)``, if parts are missing; ``/MerganserModel/StorageError``.
  public mutating func completeAdoption() throws -> [ReplicaID: Head] {
    guard let adoption, adoption.tables.isEmpty else {
      throw ReplicationError.malformedState(reason: "it ends before its last table")
    }
    let ahead = adoption.header.heads.filter { $1.sequence > state.vector[$0] }
    // Where the last of them begins, the state does not tell.
    for (origin, head) in ahead.sorted(by: { $0.key < $1.key }) {
      advance(origin, to: head, behind: head.sequence - 1)
    }
    try state.readCuts(catalog)
    guard state.succession.cuts.count <= Self.maximumOrigins else {
      throw ReplicationError.exceedsLimit(
        "ends of identities", found: state.succession.cuts.count, limit: Self.maximumOrigins)
    }
    observe(adoption.header.time)
    self.adoption = nil
    openRequests = nil
    // It came when other histories were here; whoever has it offers it again.
    (early, held) = (early.emptied, held.emptied)
    return ahead
  }
}
