import Merganser
import MerganserLaws

/// Votes for and against, counted apart by each replica.
struct Votes: LatticeStore, Replicated, BinaryCodable {
  private(set) var yes = GCounter()
  private(set) var no = GCounter()

  // What a store records of the bytes below; change it when they change.
  static var layout: Layout { "yes: GCounter, no: GCounter" }

  init() {}
  private init(yes: GCounter = GCounter(), no: GCounter = GCounter()) {
    self.yes = yes
    self.no = no
  }

  // A mutator changes the value and returns its delta.
  @discardableResult
  mutating func vote(_ isYes: Bool, as replica: ReplicaID) throws(LatticeError) -> Votes {
    isYes
      ? Votes(yes: try yes.increment(by: 1, as: replica))
      : Votes(no: try no.increment(by: 1, as: replica))
  }

  // The lattice: bottom, merge, and the minimal parts of a value.
  var isBottom: Bool { yes.isBottom && no.isBottom }
  mutating func merge(_ other: Votes) -> Bool {
    let grew = yes.merge(other.yes)
    return no.merge(other.no) || grew
  }
  func decomposed() -> [Votes] {
    yes.decomposed().map { Votes(yes: $0) } + no.decomposed().map { Votes(no: $0) }
  }

  // The bytes.
  func encode(to encoder: inout BinaryEncoder) {
    yes.encode(to: &encoder)
    no.encode(to: &encoder)
  }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    yes = try GCounter(from: &decoder)
    no = try GCounter(from: &decoder)
  }

  // Counters name who counted, and add up.
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    yes.canBeWritten(by: replica, at: time) && no.canBeWritten(by: replica, at: time)
  }
  mutating func repeatChange(
    from before: Votes, to after: Votes, by author: inout Author
  ) throws(LatticeError) -> Votes {
    var votes = self
    let yes = try votes.yes.repeatChange(from: before.yes, to: after.yes, by: &author)
    let no = try votes.no.repeatChange(from: before.no, to: after.no, by: &author)
    self = votes
    return Votes(yes: yes, no: no)
  }
  static func unite(_ store: inout Votes, with concurrent: Votes, for access: RowAccess) {
    GCounter.unite(&store.yes, with: concurrent.yes, for: access)
    GCounter.unite(&store.no, with: concurrent.no, for: access)
  }
}

// The mutator on a row in a transaction, where the transaction acts.
extension Item where Value == Votes {
  func vote(_ isYes: Bool) throws {
    try update { votes, author in
      Causal(try votes.vote(isYes, as: author.replica), context: CausalContext())
    }
  }
}

struct Club: Schema {
  let motions = Table<String, Votes>("motions")
}

// In a test of yours: random histories of three replicas keep every law.
try checkLaws(of: Votes.self) { try $0.vote($2.flip(), as: $1.replica) }

let club = Club()
let replica = try Replica(club)
try await replica.write { tx in try tx[club.motions, "longer breaks"].vote(true) }
print(try replica.snapshot[club.motions, "longer breaks"]?.yes.value ?? 0)  // 1
