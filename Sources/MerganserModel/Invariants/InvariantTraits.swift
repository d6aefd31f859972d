/// What follows from the description of an invariant: for growth, deletions, tools and the analysis.
///
/// Each kind makes it of its parameters, and gives every answer.
package struct InvariantTraits: Sendable {
  /// How a schema gets the invariant whose tables are there already.
  package enum Growth: Sendable {
    /// By asking the rows that are there, each by itself.
    case byCheckingRows
    /// Not at all: it compares rows of several replicas, or what a row holds follows from it. No replica sees by
    /// itself whether the others' rows keep it.
    case onlyWithItsTables
  }

  /// Tables of which the rows of one go with those of the other.
  package struct Cascade: Sendable {
    package let child: String
    package let parent: String
  }

  /// The tables that it is about.
  package let tables: [String]
  /// For growth: the tables in which a write can be refused because of it, or take other rows with it.
  ///
  /// Parents under a cascading foreign key are not among them: what is deleted there is deleted whether anything
  /// refers to it or not.
  package let governs: [String]
  /// For tools and growth: the tables whose rows cannot be told from the log without it.
  package let decides: [String]
  /// For deletions: the tables of which no row may be lost that another replica has just written.
  package let cannotLose: [String]
  /// By which tables rows go with others.
  package let cascades: [Cascade]
  /// How a schema gets it whose tables are there already.
  package let growth: Growth
  /// Whether something is stored for it besides the rows.
  package let storesIndex: Bool
  /// Whether its condition is code, which only its program has.
  package let isCode: Bool
  /// What it says of its tables, in a few words.
  package let summary: String
  /// What to declare or do instead of a write that can break it on a merge.
  package let remedy: String
  /// What is known of writes under it on several replicas.
  package let theory: ConfluenceTheory
  /// Where a group's order keeps it: those of its tables of which deletions alone have to be ordered.
  package var ordersDeletionsOf: [String] = []

  /// Where a group's order keeps it: the tables that are in the group.
  package var orderedTables: [String] { tables.filter { !ordersDeletionsOf.contains($0) } }
}

extension InvariantTraits {
  /// What helps where no other declaration does.
  static let standardRemedy =
    "declare the transaction, and open with the plan that an analysis makes of it"
}
