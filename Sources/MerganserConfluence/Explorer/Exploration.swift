public import MerganserModel
import MerganserTypes

/// What a search over configurations found.
public struct Exploration: Sendable {
  /// How a search ended.
  public enum Ending: Hashable, Sendable {
    /// Every configuration that can be reached was visited: the answer is exact for this many replicas
    /// and these arguments.
    case closed
    /// It stopped at a violation, or had one of every invariant.
    case refuted
    /// It reached the end of its budget.
    case bounded(String)
    /// It was told to stop.
    case cancelled
  }

  /// The workload's name.
  public var workload: String
  /// How many replicas there were.
  public var replicas: Int
  /// How many places there were beside them that hand on what they have seen.
  var relays = 0
  /// How the search ended.
  public var ending: Ending
  /// Violations that were found, the shortest trace of each first.
  public var counterexamples: [Counterexample] = []
  /// The invariants that the search saw broken where databases kept them: what runs computes with what they have
  /// otherwise, or is no function of what it reads, or the search is wrong.
  package var unrepeated: Set<String> = []
  /// How many different configurations were visited.
  public var configurations: Int
  /// How many exchanges of replicas a configuration stands for: 1 where replicas differ.
  public var symmetries = 1
  /// How many different states replicas were in.
  public var localStates: Int
  /// How many moves were tried.
  public var moves: Int
  /// How many moves the longest of the shortest traces has.
  public var depth: Int
  /// The calls that never committed, with what refused them first.
  public var neverCommitted: [Idle] = []
  /// What each transaction was seen to write, in the workload's order.
  public var effects: [Set<Effect>] = []
  /// The numbers of the tables that each transaction was seen to use, in the workload's order.
  var touched: [Set<Int>] = []
  /// Whether each transaction was seen to read its time, in the workload's order.
  public var readTime: [Bool] = []
  /// Whether a call was refused anywhere, by an invariant or by what it throws.
  var hasRefusals = false
  /// The owners of what calls were refused to take that are none of the replicas.
  var strangers: Set<ReplicaID> = []
  /// The names of the transactions, in the workload's order.
  var transactions: [String] = []

  /// A call that never committed.
  public struct Idle: Hashable, Sendable {
    /// The transaction and its arguments.
    public var call: String
    /// The transaction.
    public var transaction: String
    /// Why it did not commit; `nil` if it wrote nothing, or was never tried.
    public var reason: String?
    /// Whether no call of the transaction ever committed.
    public var isWholeTransaction: Bool
  }

  /// Transactions none of whose calls ever committed: what is said of them says nothing.
  public var vacuous: [String] {
    var names: [String] = []
    for idle in neverCommitted where idle.isWholeTransaction && !names.contains(idle.transaction) {
      names.append(idle.transaction)
    }
    return names
  }

  /// Whether nothing can go wrong with this many replicas: the search closed and found nothing.
  public var isProof: Bool { ending == .closed && counterexamples.isEmpty }
}

extension Exploration {
  /// What this search and another one of the same transactions found, which other replicas own.
  func joined(with other: Exploration) -> Exploration {
    var joined = self
    joined.ending =
      switch (ending, other.ending) {
      case (.cancelled, _), (_, .cancelled): .cancelled
      case (.refuted, _), (_, .refuted): .refuted
      case (.bounded(let bound), _), (_, .bounded(let bound)): .bounded(bound)
      case (.closed, .closed): .closed
      }
    joined.counterexamples += other.counterexamples
    joined.unrepeated.formUnion(other.unrepeated)
    joined.configurations += other.configurations
    joined.symmetries = min(symmetries, other.symmetries)
    joined.localStates += other.localStates
    joined.moves += other.moves
    joined.depth = max(depth, other.depth)
    joined.neverCommitted = neverCommitted.compactMap { idle in
      guard let also = other.neverCommitted.first(where: { $0.call == idle.call }) else {
        return nil
      }
      var both = idle
      both.isWholeTransaction = idle.isWholeTransaction && also.isWholeTransaction
      return both
    }
    joined.effects = zip(effects, other.effects).map { $0.union($1) }
    joined.touched = zip(touched, other.touched).map { $0.union($1) }
    joined.strangers = strangers.union(other.strangers)
    joined.hasRefusals = hasRefusals || other.hasRefusals
    joined.readTime = zip(readTime, other.readTime).map { $0 || $1 }
    return joined
  }
}
