import CXXHash
import MerganserTypes

/// How each declared transaction of a schema runs so that its invariants hold everywhere: made by an
/// analysis, committed as a file beside the code, and asked when a database is opened.
///
/// The file is text, one transaction a line in the order of names, with tabs between fields; in a name, tabs,
/// line ends and backslashes are written by a backslash. Where a transaction is refused, the history that was
/// seen to go wrong follows:
///
/// ```
/// merganser plan 1
/// schema 5f0c21d07a3e9b14
/// deposit	local
/// give away	refused	no balance below 0
/// 	| no balance below 0
/// 	|   is broken by give away
/// 	…
/// withdraw	ordered	no balance below 0
/// ```
public struct Plan: Hashable, Sendable {
  /// How a transaction runs.
  public enum Way: Hashable, Sendable {
    /// At any replica, without coordination; what an invariant gives an owner, at that owner.
    case local
    /// At any replica, within the rights that it holds.
    case escrow
    /// At any replica; what refers to a deleted row goes with it.
    case cascade
    /// At the owner of the value of one argument.
    case owned(argument: Int)
    /// In one order with the others that are ordered.
    case ordered
    /// Not at all, unless it is tentative: nothing is known that makes it safe.
    case refused
  }

  /// What is planned for one transaction.
  public struct Entry: Hashable, Sendable {
    /// How it runs.
    public var way: Way
    /// The invariants that it keeps by running so, and that no invariant says it keeps anyhow; or, where it
    /// is refused, those that it can break.
    public var invariants: [String]
    /// The history that was seen to go wrong, where it is refused.
    public var counterexample: String?

    /// The entry with the given parts.
    public init(way: Way, invariants: [String], counterexample: String? = nil) {
      self.way = way
      self.invariants = invariants
      self.counterexample = counterexample
    }
  }

  /// The schema that the plan is for.
  public var fingerprint: UInt64
  /// By transaction.
  public var entries: [String: Entry]

  /// The plan with the given entries.
  public init(fingerprint: UInt64, entries: [String: Entry]) {
    self.fingerprint = fingerprint
    self.entries = entries
  }

  /// A number that tells apart plans under which transactions run differently: replicas that meet must
  /// have the same.
  package var digest: UInt64 {
    var same = self
    for name in same.entries.keys { same.entries[name]?.counterexample = nil }
    return Array(same.description.utf8).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}
