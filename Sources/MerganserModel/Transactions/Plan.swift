import CXXHash
import MerganserTypes

/// How each declared transaction of a schema runs so that its invariants hold everywhere: made by an
/// analysis, committed as a file beside the code, and enforced where transactions run.
///
/// An entry rests on one of two grounds. *Theorems* (on kinds of writes, one order, owners that an invariant
/// gives) hold for any arguments, any code and any number of replicas, as long as the transaction does to tables what
/// the entry lists. A *search* holds for what was searched: these arguments, this start, this code, nobody else who
/// writes to the tables, and either any number of replicas or so many. A replica refuses whatever goes beyond.
///
/// The file is text. A transaction has a line, with tabs between fields, in the order of names; below it stand the
/// invariants that it keeps by running so, what it writes, what else it reads, and the arguments that were searched.
/// In a name, tabs, line ends and backslashes are written by a backslash. Why a transaction runs so, or not at all, follows, with the
/// history that was seen to go wrong:
///
/// ```
/// merganser plan 2
/// schema 5f0c21d07a3e9b14
/// start 2d06800538d394c2
/// sample 8f3c0e6d1b7a2594 41c6b2f09e8d7a35
/// deposit	local	by theorems
/// 	writes	insert accounts	increment accounts
/// give away	refused	by theorems
/// 	keeps	no balance below 0
/// 	| a merge breaks "no balance below 0", and no remedy was found
/// 	| no balance below 0
/// 	|   is broken by give away
/// 	…
/// sit	owned by argument 1	by search of 3 replicas
/// 	keeps	a seat is one guest's
/// 	writes	insert receipts	insert seats	write seats
/// 	arguments	1	ann
/// 	arguments	1	bob
/// withdraw	ordered	by theorems
/// 	keeps	no balance below 0
/// 	writes	decrement accounts
/// 	| calls of withdraw, run apart, break "no balance below 0"
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

  /// What it rests on that a transaction keeps the invariants.
  public enum Basis: Hashable, Sendable {
    /// Theorems on kinds of writes, one order, owners that an invariant gives.
    case theorems
    /// A search that closed, of so many replicas, or of what any number of them can show, where that is `nil`; see
    /// ``Plan/searched``.
    case search(replicas: Int?)
  }

  /// What is planned for one transaction.
  public struct Entry: Hashable, Sendable {
    /// How it runs.
    public var way: Way
    /// What that rests on.
    public var basis: Basis
    /// The invariants that it keeps by running so, and that no invariant says it keeps anyhow; or, where it
    /// is refused, those that it can break.
    public var invariants: [String]
    /// What it may do to tables: what it was seen to do.
    public var writes: Set<Effect>
    /// The tables that it may ask for without writing to them.
    public var reads: Set<String>
    /// The calls that were searched, each by its arguments as text; empty where it does not rest on a search.
    public var arguments: Set<[String]>
    /// Why it runs so, where it does not simply run anywhere; of no further effect.
    ///
    /// Of a refused one, all that is known of it, with the histories that were seen to go wrong.
    public var reason: String?

    /// The entry with the given parts.
    public init(
      way: Way, basis: Basis = .theorems, invariants: [String], writes: Set<Effect> = [],
      reads: Set<String> = [], arguments: Set<[String]> = [], reason: String? = nil
    ) {
      self.way = way
      self.basis = basis
      self.invariants = invariants
      self.writes = writes
      self.reads = reads
      self.arguments = arguments
      self.reason = reason
    }
  }

  /// What a plan's search covered besides the transactions.
  public struct Searched: Hashable, Sendable {
    /// A number that tells apart what stood in the database at first.
    public var start: UInt64
    /// Numbers that tell apart what the transactions did in the first 1, 2, 4, … steps of a walk from the start: a
    /// sample of the code.
    public var sample: [UInt64]

    /// The search of the given parts.
    public init(start: UInt64, sample: [UInt64]) {
      self.start = start
      self.sample = sample
    }
  }

  /// The schema that the plan is for.
  public var fingerprint: UInt64
  /// What was searched for the entries that rest on a search; `nil` if none does.
  public var searched: Searched?
  /// By transaction.
  public var entries: [String: Entry]

  /// The plan with the given entries.
  public init(fingerprint: UInt64, searched: Searched? = nil, entries: [String: Entry]) {
    self.fingerprint = fingerprint
    self.searched = searched
    self.entries = entries
  }

  /// A number that tells apart plans under which transactions run differently: replicas that meet must
  /// have the same.
  package var digest: UInt64 {
    Array(withoutReasons.description.utf8).withUnsafeBytes {
      XXH3_64bits($0.baseAddress, $0.count)
    }
  }

  /// The plan without what only a person reads.
  package var withoutReasons: Plan {
    var same = self
    for name in same.entries.keys { same.entries[name]?.reason = nil }
    return same
  }

  /// The entries that run, and rest on a search.
  package var searchedEntries: [String: Entry] {
    entries.filter { $0.value.basis != .theorems && $0.value.way != .refused }
  }

  /// How many replicas may run what rests on a search of so many; `nil` if any number may run all.
  package var seatCount: Int? { searchedEntries.values.compactMap(\.basis.replicas).min() }
}

extension Plan.Basis {
  /// Of how many replicas it holds; `nil` for any number.
  package var replicas: Int? {
    switch self {
    case .theorems: nil
    case .search(let replicas): replicas
    }
  }
}
