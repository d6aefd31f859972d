/// What happened in the demo, for its report: everything is told by how many versions there were.
struct DemoHistory: Sendable {
  /// What a branch wrote.
  enum Kind: Sendable, Codable {
    case opening, deposit, withdrawal, refusal, transfer
  }

  struct Commit: Sendable {
    var step: Int
    var place: Place
    var kind: Kind
  }

  struct SyncMark: Sendable {
    var step: Int
    var first: Place
    var second: Place
    var exchanged: Int
  }

  /// A chapter.
  struct Phase: Sendable {
    var name: String
    var step: Int
    /// How many requests to the desk it is about.
    var requests = 0
  }

  /// What the branches held after a step, by place.
  struct Sample: Sendable {
    var step: Int
    var rights: [Int64]
    var lacking: [Int]
  }

  /// How many versions there are, at all branches together.
  private(set) var step = 0
  private(set) var commits: [Commit] = []
  private(set) var syncs: [SyncMark] = []
  private(set) var samples: [Sample] = []
  private(set) var phases: [Phase] = []
  /// When the line was cut, and when it was back.
  var cut = 0
  var healed = 0
  /// When Faro was killed.
  var killed = 0
  /// How often a branch was looked at, and the least balance that was seen.
  private(set) var checks = 0
  private(set) var lowest = Int64.max

  private var rights = Place.allCases.map { _ in Int64(0) }
  /// Of each branch, how many versions of each other it has.
  private var known = Place.allCases.map { _ in Place.allCases.map { _ in 0 } }

  /// Begins a chapter.
  mutating func begin(_ name: String) { phases.append(Phase(name: name, step: step)) }

  /// Notes that the chapter is about so many requests to the desk.
  mutating func note(requests: Int) {
    if !phases.isEmpty { phases[phases.count - 1].requests = requests }
  }

  /// Notes that a branch committed, and what it held then.
  mutating func commit(_ kind: Kind, at place: Place, stock: DemoBranch.Stock) {
    step += 1
    commits.append(Commit(step: step, place: place, kind: kind))
    known[place.rawValue][place.rawValue] += 1
    observe(place, stock: stock)
    sample()
  }

  /// Notes that two branches met, and what they held then.
  mutating func noteSync(
    _ first: (Place, DemoBranch.Stock), second: (Place, DemoBranch.Stock), exchanged: Int
  ) {
    let a = first.0.rawValue
    let b = second.0.rawValue
    syncs.append(
      SyncMark(step: step, first: first.0, second: second.0, exchanged: exchanged))
    for origin in Place.allCases.indices {
      let most = max(known[a][origin], known[b][origin])
      known[a][origin] = most
      known[b][origin] = most
    }
    observe(first.0, stock: first.1)
    observe(second.0, stock: second.1)
    sample()
  }

  /// Notes what a branch held when it was looked at.
  mutating func observe(_ place: Place, stock: DemoBranch.Stock) {
    checks += 1
    lowest = min(lowest, stock.lowest)
    rights[place.rawValue] = stock.rights
  }

  private mutating func sample() {
    let all = Place.allCases.indices.map { known[$0][$0] }.reduce(0, +)
    samples.append(
      Sample(step: step, rights: rights, lacking: known.map { all - $0.reduce(0, +) }))
  }
}
