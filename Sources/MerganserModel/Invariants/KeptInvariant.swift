import MerganserTypes

/// An invariant of a kind that the database knows how to keep.
///
/// The database asks at four moments, of every kind in the same way: when a schema is made (``needs()``), when a
/// transaction commits (``check(_:at:)``), when another replica's version comes (``obstacle(to:here:from:)``), and
/// where a whole state is looked through (``forEachViolation(in:at:body:)``). What a merge settles follows from what an
/// invariant needs: rows that refer to others go with these.
package protocol KeptInvariant: Invariant {
  /// What the kind is called in a schema's description.
  static var kind: String { get }

  /// The group in whose order its tables are written; `nil` if they are not.
  var group: String? { get }

  /// What follows from the parameters in a description; `nil` if no invariant of this kind has them.
  static func traits(of parameters: [String]) -> InvariantTraits?

  /// The invariant that a description tells among some tables; `nil` where its condition is code, or the
  /// parameters do not fit the tables.
  static func described(
    _ name: String, parameters: [String], among tables: [String: any AnyTable]
  ) -> (any KeptInvariant)?

  /// What the database has to do for it.
  ///
  /// - Throws: ``SchemaError/invalidInvariant(_:reason:)``, if it makes no sense.
  func needs() throws(SchemaError) -> InvariantNeeds

  /// Checks what a transaction touched, with the rows in their new places.
  ///
  /// - Complexity: follows the footprint, and not the tables.
  /// - Throws: ``InvariantViolation``, or what says that the write needs coordination.
  func check(_ footprint: Footprint, at place: InvariantPlace) throws

  /// What keeps another replica's write to the first of its tables from being applied; `nil` if nothing does.
  ///
  /// Honest replicas that hold the same versions must come to the same answer, see ``Gate``. What a write removes is
  /// not shown: where that was hangs on what is here. What is held waits for a row to change or for an identity
  /// to end (``HeldReason``).
  ///
  /// - Parameters:
  ///   - write: the write.
  ///   - here: the row as it is here; asked for only where that matters.
  ///   - version: the version that it is in.
  /// - Returns: what keeps it from being applied.
  /// - Throws: what `here` throws.
  func obstacle(
    to write: ReceivedWrite, here: () throws(StorageError) -> AnyRow?, from version: ReceivedVersion
  ) throws(StorageError) -> VersionObstacle?

  /// Calls `body` with each violation in a state, of rows that conflict with each other at least with the first, until
  /// it returns `false`: what no commit and no merge should have let in.
  ///
  /// - Complexity: O(number of rows of its tables).
  func forEachViolation(
    in state: any StateView, at place: InvariantPlace, body: (InvariantViolation) -> Bool
  ) throws

  /// Whether there is a violation in a state, of which nothing is told.
  func isBroken(in state: any StateView, at place: InvariantPlace) throws -> Bool
}

/// An invariant that can be kept by one order.
package protocol OrderedInvariant: KeptInvariant {
  var group: String? { get set }
}

extension KeptInvariant {
  package var group: String? { nil }

  package func isBroken(in state: any StateView, at place: InvariantPlace) throws -> Bool {
    try violation(in: state, at: place) != nil
  }

  /// A violation in a state; `nil` if there is none.
  package func violation(
    in state: any StateView, at place: InvariantPlace
  ) throws -> InvariantViolation? {
    var found: InvariantViolation?
    try forEachViolation(in: state, at: place) {
      found = $0
      return false
    }
    return found
  }
}

/// What an invariant asks the database to do for it.
package struct InvariantNeeds {
  /// When a transaction that touched its tables is checked for it.
  package enum Commit {
    /// Not at all: what is needed follows from the rest.
    case unchecked
    /// Over what the transaction touched.
    case checked
    /// Over whole tables, and therefore last.
    case checkedAsAWhole
  }

  /// The tables, as the invariant names them.
  package let tables: [any AnyTable]
  /// What is indexed of the first.
  package var index: IndexedRows?
  /// Where rows that conflict are void, but for one: what they show that they take.
  package var voids: ShownEntries?
  /// What is asked of each row of the first by itself, so that rows which are there already can be asked.
  package var row: RowCheck?
  /// When a transaction is checked for it.
  package let commit: Commit
  /// Whether versions of other replicas that write to the first table are asked for it.
  package let asksVersions: Bool
  /// The range within which escrow keeps the counters of the first table.
  package var limits: EscrowLimits?
  /// How the rows of the first table refer to those of the second.
  package var reference: KeyReference?
}

/// Where in a catalog what an invariant is about has its numbers.
package struct InvariantPlace: Sendable {
  /// The tables, as the invariant names them.
  package let tables: [Int]
  /// The index over the first of them, if there is one.
  package let index: Int?

  /// The place of the given numbers.
  package init(tables: [Int], index: Int?) {
    self.tables = tables
    self.index = index
  }

  /// The index that an invariant looks things up in.
  ///
  /// - Throws: ``SchemaError/invalidInvariant(_:reason:)``, if its needs did not ask for one: then nothing would
  ///   be found, and everything allowed.
  package func index(for invariant: some Invariant) throws(SchemaError) -> Int {
    if let index { return index }
    throw .invalidInvariant(invariant.name, reason: "it looks rows up and has no index")
  }
}

/// An invariant of a schema, and where in the catalog its tables and its index are.
package struct BoundInvariant: Sendable {
  package let invariant: any KeptInvariant
  package let place: InvariantPlace
  /// Whether it is checked over whole tables, and therefore last.
  package let isCheckedAsAWhole: Bool
  /// What it asks of each row of its first table by itself, if it does.
  package let row: RowCheck?

  /// The invariant, bound to its place.
  package init(
    invariant: any KeptInvariant, place: InvariantPlace, isCheckedAsAWhole: Bool, row: RowCheck?
  ) {
    self.invariant = invariant
    self.place = place
    self.isCheckedAsAWhole = isCheckedAsAWhole
    self.row = row
  }

  /// The invariant's name.
  package var name: String { invariant.name }

  /// A violation in a state; `nil` if there is none.
  package func violation(in state: any StateView) throws -> InvariantViolation? {
    try invariant.violation(in: state, at: place)
  }

  /// Whether there is a violation in a state, of which nothing is told.
  package func isBroken(in state: any StateView) throws -> Bool {
    try invariant.isBroken(in: state, at: place)
  }
}
