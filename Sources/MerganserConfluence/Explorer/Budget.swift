/// How far a search may go.
///
/// All of it is counted, nothing timed, so that a search is the same on every machine. A limit below 1 is an
/// ``ExplorationError``.
public struct Budget: Hashable, Sendable {
  /// How many replicas there are, 2 to 4; a search throws where it is another number.
  public var replicas: Int
  /// How many different configurations may be visited.
  public var configurations: Int
  /// How many bytes of states may be looked at, so that large rows take no longer than small ones.
  public var bytes = Int.max
  /// How much work all searches of an analysis may do together, and all of a planning: 1 is about what it takes to look at a
  /// byte of a state.
  ///
  /// Each may do a million in any case, so that what comes late is looked at.
  public var work: Int
  /// How many moves a trace may have.
  public var depth: Int
  /// Whether the search ends at the first violation, or goes on to find one of every invariant.
  public var stopsAtFirstViolation = true
  /// How many there are beside the replicas that run nothing and hand on what they have seen.
  ///
  /// What is delivered late comes by these: a bundle, or somebody who has no seat.
  var relays = 0
  /// Whether replicas that are not exchanged are searched with the founder's name in each place among theirs.
  var variesNames = true
  /// The invariants whose violations are looked into; `nil` for all of them.
  var watched: Set<String>?
  /// Whether configurations that differ in the order of independent moves or in the names of replicas
  /// alone are taken for one, where that makes no difference; without, the search is slower and finds
  /// the same.
  public var isReduced = true

  /// Three replicas, and as many configurations as a second or two allow.
  public static let standard: Budget = {
    var budget = Budget(replicas: 3, configurations: 100_000)
    budget.bytes = 24_000_000
    return budget
  }()

  /// A budget; the configurations that can be held limit it as well.
  public init(replicas: Int = 2, configurations: Int = 200_000, depth: Int = 255) {
    self.replicas = replicas
    self.configurations = min(max(configurations, 1), Int(UInt32.max) - 2)
    self.depth = depth
    work = max(Self.standardWork, self.configurations * 300)
  }

  private static let standardWork = 30_000_000
}

extension Budget {
  /// How far the searches for remedies go, which are many: what they do not decide is ordered, which needs no search.
  var planning: Budget {
    var planning = self
    planning.configurations = min(configurations, max(30_000, configurations / 10 * 3))
    planning.bytes = min(bytes, max(8_000_000, bytes / 10 * 3))
    planning.work = work / 4
    return planning
  }

  /// The search of so many replicas; with one that hands on late what it has seen, where these are all that there are,
  /// and there is room for one more.
  func searching(_ replicas: Int, of most: Int) -> Budget {
    var search = self
    search.replicas = replicas
    search.relays = replicas == most && most < Workload.replicas.count ? 1 : 0
    return search
  }

  /// How far is looked where something else is likely to decide.
  var probing: Budget {
    var probe = self
    probe.configurations = min(2000, configurations)
    probe.bytes = min(1_000_000, bytes)
    return probe
  }
}

/// How far a search has come.
public struct Progress: Hashable, Sendable {
  /// How many different configurations were visited.
  public var configurations: Int
  /// How many of them have been left in every way.
  public var expanded: Int
  /// How many moves lead to those that are being left now.
  public var depth: Int
}
