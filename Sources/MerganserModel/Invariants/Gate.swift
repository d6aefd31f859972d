package import MerganserTypes

/// What is asked of a version of another replica before it is applied, beyond its place in history.
///
/// Honest replicas that hold the same versions must come to the same answer, or they part for good. So each
/// question is of one of two kinds, and nothing else is asked:
///
/// - *pure*: it follows from the version and from what never changes; where it fails, the version is refused for
///   good.
/// - *growing*: it can be false only until something else comes; where it fails, the version waits, and is asked
///   again.
///
/// | question | kind | why | asked in |
/// | --- | --- | --- | --- |
/// | the bytes are those of a version, of at most 16 MB | pure | bytes | `StoredVersion.decoded()` |
/// | keys and rows are of their tables' types | pure | bytes, and the types of one program | `TableDefinition.decode` |
/// | it writes to each row once | pure | bytes | `DatabaseState.apply` |
/// | nobody else's counts, gifts, answers to requests, or later stamps are in it | pure | the delta, its origin and time | `Row.fault` |
/// | it names no later write of its own origin | pure | numbers | `Row.fault` |
/// | an end of an identity names its origin for the heir, and takes none back | pure | the row | ``ReceivedVersion`` |
/// | the horizon of requests is no later than the version, and is not taken back | pure | the row | ``ReceivedVersion`` |
/// | a written value keeps each `Check` | pure | the value; if it was written under this schema | the kind |
/// | what it depends on is here, and every write that it names | growing | versions come | `HistoryHolder.judge`, `Row.fault` |
/// | what it spends under `Bounds`, its origin holds | growing | gifts come | the kind |
/// | what a written value takes that has an owner is its origin's | growing | an heir's cut comes | the kind |
/// | the plan of the database and its seats are the founder's | growing | an heir's cut comes | ``ReceivedVersion`` |
/// | what was ordered is the primary's: the founder's | growing | an heir's cut comes | ``ReceivedVersion`` |
/// | a request that names its home is its origin's | growing | an heir's cut comes | ``ReceivedVersion`` |
///
/// All roads ask here. A store that no program has open (`Catalog.init(judging:)`) knows the types that come with
/// the package, and asks what follows from bytes and types, and whether what is named is there; of a table of
/// another type it asks for the length of keys. It keeps no rows and has no invariants, so that rights, owners, checks and
/// a program's own types are asked when a replica opens the store (`Database.recover(judging:)`): of every version
/// that no checkpoint has and no own write rests on, as if it came then. What is refused there is set aside.
///
/// Not asked are uniqueness itself, sums over rows that a deletion can have taken, and whatever else hangs on what
/// this replica happens to hold. A row that is gone here is not asked either. What a version says that it was
/// written under (schema, plan, scope) it is judged by: a version written for one replica only need own nothing,
/// and one that a plan let through is not asked for owners.
package struct Gate {
  package let origin: DeltaOrigin
  /// The numbers of the version's writes.
  package let sequences: ClosedRange<UInt64>
  package let terms: VersionTerms
  package let founder: ReplicaID

  /// The gate with the given parts.
  package init(
    origin: DeltaOrigin, sequences: ClosedRange<UInt64>, terms: VersionTerms, founder: ReplicaID
  ) {
    self.origin = origin
    self.sequences = sequences
    self.terms = terms
    self.founder = founder
  }
}
