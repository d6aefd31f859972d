public import MerganserDatabase

/// A part of the states in which some transactions may run without coordination.
public struct Segment: Sendable {
  /// The segment's name.
  public let name: String
  let transactions: Set<String>
  let condition: @Sendable (Snapshot) throws -> Bool

  /// The states for which `condition` holds, and the transactions that run there without coordination.
  public init(
    _ name: String, allowing transactions: [String],
    while condition: @escaping @Sendable (Snapshot) throws -> Bool
  ) {
    self.name = name
    self.transactions = Set(transactions)
    self.condition = condition
  }
}

/// Which transactions are I-confluent within segments of the states, and which have to coordinate to
/// leave one: segmented invariant confluence.
///
/// Within a segment, replicas run the transactions that it allows, as long as its condition holds where
/// they run. Any other transaction, and one after which the condition would not hold, runs on the join of
/// all replicas, which all of them then take over; with it they go from one segment to the next.
/// Whittaker and Hellerstein, *Interactive Checks for Coordination Avoidance*, VLDB 2018, section 5.
public struct SegmentedAnalysis: Sendable {
  /// A transaction that has to coordinate.
  public struct Departure: Hashable, Sendable {
    /// The transaction.
    public var transaction: String
    /// The segment in which it begins.
    public var from: String
    /// The segment in which it ends.
    public var to: String

    /// The departure with the given parts.
    public init(transaction: String, from: String, to: String) {
      self.transaction = transaction
      self.from = from
      self.to = to
    }
  }

  /// By segment: whether what it allows is I-confluent within it, from every state in which it is
  /// entered.
  public let verdicts: [(segment: String, verdict: Verdict)]
  /// What has to coordinate, in the order of the segments and the transactions.
  public let departures: [Departure]
  /// The transactions that were seen to lead out of every segment; the segments do not cover the states.
  public let uncovered: [String]

  /// Whether each segment is known to be I-confluent, and the segments cover all that is reached.
  public var isConfluent: Bool {
    uncovered.isEmpty && verdicts.allSatisfy { $0.verdict.isConfluent }
  }

  /// In how many states segments are entered at most.
  private static let entries = 256

  /// Decides a workload segment by segment.
  ///
  /// - Parameters:
  ///   - workload: what is to be decided.
  ///   - segments: the segments; a state belongs to the first whose condition holds.
  ///   - budget: how far the search within a segment may go, from each state in which it is entered.
  ///   - progress: is told now and then how far a search has come; it returns false to stop it.
  /// - Throws: what the start throws, or a condition; ``ExplorationError``; `CancellationError`, if it was
  ///   told to stop.
  public init(
    _ workload: Workload, segments: [Segment],
    within budget: Budget = Budget(replicas: 2, configurations: 20_000),
    progress: ((Progress) -> Bool)? = nil
  ) throws {
    var budget = budget
    budget.stopsAtFirstViolation = true
    // Who coordinates may be any replica; what one does is not taken for what another does.
    budget.isReduced = false
    var walk = try SegmentWalk(workload, segments: segments, replicas: budget.replicas)
    var found: [[Exploration]] = segments.map { _ in [] }
    var isBounded = false
    while let entry = walk.open.popFirst() {
      let inside = try walk.workload(within: entry)
      let exploration = try Explorer.explore(
        inside, within: budget, in: SearchSession(within: budget), progress: progress,
        visiting: { walk.joins.append($0) })
      if exploration.ending == .cancelled { throw CancellationError() }
      found[entry.segment].append(exploration)
      if exploration.counterexamples.isEmpty { try walk.leave(entry.segment) }
      walk.joins = []
      if walk.entryCount > Self.entries {
        isBounded = true
        break
      }
    }
    verdicts = zip(segments, found).map { segment, explorations in
      (segment.name, Self.verdict(explorations, isBounded: isBounded, replicas: budget.replicas))
    }
    departures = walk.departures
    uncovered = walk.uncovered
  }

  private static func verdict(
    _ explorations: [Exploration], isBounded: Bool, replicas: Int
  ) -> Verdict {
    if let counterexample = explorations.lazy.compactMap(\.counterexamples.first).first {
      return .notConfluent(counterexample)
    }
    if let bounded = explorations.first(where: { $0.ending != .closed }) {
      return .unknown(bound: bounded.endingText)
    }
    if isBounded { return .unknown(bound: "\(entries) states in which segments are entered") }
    return explorations.isEmpty
      ? .confluent([.untouched]) : .confluent([.closedSearch(replicas: replicas)])
  }
}

extension SegmentedAnalysis: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    var lines = verdicts.map { "within \($0.segment): \($0.verdict)" }
    lines += departures.map {
      $0.from == $0.to
        ? "\($0.transaction) coordinates within \($0.from)"
        : "\($0.transaction) coordinates to leave \($0.from) for \($0.to)"
    }
    lines += uncovered.map { "\($0) leads to where no segment is" }
    return lines.joined(separator: "\n")
  }
}
