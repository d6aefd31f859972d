import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A walk from segment to segment: from the states that all replicas have in common, by transactions that
/// coordinate.
struct SegmentWalk {
  /// A state in which a segment is entered.
  struct Entry {
    let segment: Int
    let state: UInt32
  }

  private let workload: Workload
  private let segments: [Segment]
  /// The states that replicas have in common, under the schema alone.
  private var space: StateSpace
  private var known: Set<UInt32> = []
  private var seen: Set<SegmentedAnalysis.Departure> = []
  private var left: [Set<UInt32>]
  /// Entries that were not looked at yet.
  var open: ArraySlice<Entry> = []
  /// What the join of all replicas was in the configurations of the search at hand.
  var joins: [WorkloadOrigin] = []
  /// The transactions that were seen to lead out of every segment.
  private(set) var uncovered: [String] = []
  /// In how many states segments were entered.
  var entryCount: Int { known.count }

  init(_ workload: Workload, segments: [Segment], replicas: Int) throws {
    self.workload = workload
    self.segments = segments
    space = StateSpace(workload, replicaCount: replicas)
    left = segments.map { _ in [] }
    try enter(try space.start(), by: "the start")
  }

  /// What was seen to coordinate, in the order of the segments and the transactions.
  var departures: [SegmentedAnalysis.Departure] {
    let names = workload.transactions.map(\.name)
    let places = segments.map(\.name)
    func rank(_ one: SegmentedAnalysis.Departure) -> [Int] {
      [
        places.firstIndex(of: one.from) ?? 0, names.firstIndex(of: one.transaction) ?? 0,
        places.firstIndex(of: one.to) ?? 0,
      ]
    }
    return seen.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
  }

  /// What runs within a segment, from where it is entered.
  func workload(within entry: Entry) throws -> Workload {
    let segment = segments[entry.segment]
    var inside = workload
    let users = workload.catalog.tables.filter { !systemTableNames.contains($0.name) }
    inside.catalog = try Catalog(
      tables: users,
      invariants: workload.catalog.invariants.map(\.invariant) + [
        Custom("it is within \(segment.name)", over: users, condition: segment.condition)
      ])
    inside.transactions.removeAll { !segment.transactions.contains($0.name) }
    inside.origin = WorkloadOrigin(
      state: space.states.databases[Int(entry.state)], clock: space.states[entry.state].clock)
    return inside
  }

  /// Runs every transaction on what all replicas have in common after a search within a segment, and
  /// notes where it leads.
  mutating func leave(_ segment: Int) throws {
    for join in joins {
      var configuration = SIMD4<UInt32>(repeating: try space.number(of: join))
      try space.normalize(&configuration)
      guard left[segment].insert(configuration[0]).inserted else { continue }
      for call in space.calls.indices {
        let name = workload.transactions[space.calls[call].transaction].name
        for place in space.replicas.indices where space.mayRun[call][place] {
          guard let next = try space.step(call, at: place, on: configuration[0])?.next else {
            continue
          }
          let isInside = try holds(segments[segment], in: next)
          if isInside, segments[segment].transactions.contains(name) { continue }
          if let target = isInside ? segment : try enter(next, by: name) {
            if isInside { try enter(next, by: name) }
            seen.insert(
              .init(transaction: name, from: segments[segment].name, to: segments[target].name))
          }
        }
      }
    }
  }

  /// Notes that a segment is entered in a state; `nil` if none is.
  @discardableResult
  private mutating func enter(_ state: UInt32, by name: String) throws -> Int? {
    guard let segment = try segments.firstIndex(where: { try holds($0, in: state) }) else {
      if !uncovered.contains(name) { uncovered.append(name) }
      return nil
    }
    var configuration = SIMD4<UInt32>(repeating: state)
    try space.normalize(&configuration)
    if known.insert(configuration[0]).inserted {
      open.append(Entry(segment: segment, state: configuration[0]))
    }
    return segment
  }

  private func holds(_ segment: Segment, in state: UInt32) throws -> Bool {
    try segment.condition(
      Snapshot(
        catalog: workload.catalog, founder: space.replicas[0],
        state: space.states.databases[Int(state)]))
  }
}
