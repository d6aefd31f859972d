/// What is known of the writes under a kind of invariant on several replicas.
package struct ConfluenceTheory: Sendable {
  /// What transactions run by that need no coordination for it.
  package enum LocalMeans: Sendable {
    /// Rights that each replica holds.
    case escrow
    /// What refers to a deleted row goes with it.
    case cascade
  }

  /// What the literature says; what no theorem speaks of is unknown.
  package let theorems: [ConfluenceTheorem]
  /// What a solver is asked, to prove that states in which it holds merge into one in which it holds.
  package let closure: ClosureProblem?
  /// Whether the theorems rest on it that what has an owner is written by its owner alone.
  package let restsOnOwners: Bool
  /// By what it is kept locally, where that is more than each write by itself: of the given kinds of writes to a
  /// table.
  package let local: (means: LocalMeans, writes: Set<WriteKind>, table: String)?
}

/// A kind of write to a table.
public enum WriteKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// A row came to be.
  case insert
  /// A row, or one of its incarnations, went.
  case delete
  /// A counter went up.
  case increment
  /// A counter went down.
  case decrement
  /// A counter's rights moved.
  case transfer
  /// Something else was written to a row.
  case write

  /// All kinds.
  package static let every = Set(allCases)
}

/// What the literature says of some kinds of writes under an invariant.
///
/// A theorem that says yes is true of every state and any number of replicas, as long as a transaction
/// makes no other writes to the invariant's tables; the database refuses these where they are made.
package struct ConfluenceTheorem: Hashable, Sendable {
  /// The kinds of writes.
  package let writes: Set<WriteKind>
  /// The table to which these are; `nil` for each table of the invariant.
  package let table: String?
  /// The kinds of writes that no transaction of the program makes to the table, or it does not apply.
  package let absent: Set<WriteKind>
  /// Whether these are I-confluent with it.
  package let isConfluent: Bool
  /// Where that is shown.
  package let reference: String
  /// What to declare instead, where it is not.
  package let remedy: String?
  /// Whether one replica that makes all of these writes keeps the invariant, whatever writes that are
  /// I-confluent others make: those it has not seen leave it only more room than it sees.
  package let isKeptByOrder: Bool

  /// Writes that are I-confluent with the invariant.
  package static func yes(
    _ writes: Set<WriteKind>, in table: String? = nil, without absent: Set<WriteKind> = [],
    reference: String
  ) -> ConfluenceTheorem {
    ConfluenceTheorem(
      writes: writes, table: table, absent: absent, isConfluent: true, reference: reference,
      remedy: nil,
      isKeptByOrder: false)
  }

  /// Writes that are not.
  package static func no(
    _ writes: Set<WriteKind>, in table: String? = nil, reference: String, instead remedy: String?,
    isKeptByOrder: Bool = false
  ) -> ConfluenceTheorem {
    ConfluenceTheorem(
      writes: writes, table: table, absent: [], isConfluent: false, reference: reference,
      remedy: remedy,
      isKeptByOrder: isKeptByOrder)
  }

  /// Borrego, Ferreira, Preguiça.
  package static let voiding =
    "Borrego et al., ECOOP 2025: no-op by policy; what conflicts with a row that stands is void"

  /// Bailis, Fekete, Franklin, Ghodsi, Hellerstein, Stoica.
  package static let table2 =
    "Bailis et al., Coordination Avoidance in Database Systems, VLDB 2015, Table 2"
}

/// A question whether what holds on both sides of a merge holds of the merge, by the shape of the invariant.
package enum ClosureProblem: Hashable, Sendable {
  /// A counter that each side keeps at or above a limit, or at or below it.
  case counter(limit: Int64, isLower: Bool)
  /// A sum and its total, which each side changes alike.
  case sum
  /// Rights that each replica spends within its own.
  case escrow
  /// Two rows, each written where the other is not seen, that take different things.
  case apart
  /// What two replicas gave out, of which each has one owner.
  case owned
  /// A merged value, which consists of values that were checked.
  case written
  /// A row and the one that it refers to.
  case reference
}
