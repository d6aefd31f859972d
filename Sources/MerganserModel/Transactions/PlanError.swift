public import MerganserTypes

/// Why a schema's plan does not let a transaction run.
public enum PlanError: MerganserError, Hashable {
  /// The schema declares transactions, and no plan says how they run.
  case missing(transactions: [String])
  /// The plan was made for another schema.
  case otherSchema(expected: UInt64, found: UInt64)
  /// The plan does not name the transaction.
  case undecided(String)
  /// The plan gives the transaction to the owner of an argument, counted from 0, that it does not have.
  case noSuchArgument(String, argument: Int, count: Int)
  /// The transaction is not known to be I-confluent with these invariants, and has no remedy.
  ///
  /// `reason` is all that the plan tells of why, with the histories that were seen to go wrong.
  case refused(String, invariants: [String], reason: String?)
  /// The schema does not declare the transaction.
  case undeclared(String)
  /// The call runs at another replica: at the one that orders such calls, or owns what it is about.
  case runsElsewhere(String, at: ReplicaID)
  /// The call wrote what the plan does not list for the transaction.
  case exceedsWrites(String, found: [String], planned: [String])
  /// The call asked for a table that the plan does not list for the transaction.
  case exceedsReads(String, found: String, planned: [String])
  /// The call read its time, and what the plan says of the transaction rests on a search, which tries no others.
  case readsTime(String)
  /// The call's arguments were not searched, and what the plan says of the transaction rests on a search.
  case unsearchedArguments(String, arguments: [String])
  /// The transaction is declared over other arguments than were searched; these are there, or not, and were not
  /// searched, or were.
  case otherArguments(String, declared: [[String]], searched: [[String]])
  /// The transaction asked which replica it runs at (``Transaction/replica``), in the seat of one that has ended: the search knew
  /// that one's name.
  case readsReplica(String, inPlaceOf: ReplicaID)
  /// What stands in a database at first is not what the search began with.
  case otherStart(expected: UInt64, found: UInt64)
  /// In one of the first steps of a walk, up to the given one, the transactions do something else than in the search.
  case otherCode(step: Int)
  /// What is to stand in a database at first cannot be written.
  case startRefused(reason: String)
  /// The database was not founded by the plan that is open, or by one that this widens.
  case otherFoundingPlan(String)
  /// The replica has nothing yet of what the database was founded with, from which the search began.
  case beforeStart(String, founder: ReplicaID)
  /// The replica has no seat, and what the plan says of the transaction rests on a search of so many replicas.
  case noSeat(String, replica: ReplicaID, replicas: Int)
  /// The replica acts in the place of one that has ended, and does not have all that this wrote.
  case behindCut(String, of: ReplicaID)
  /// All seats are given.
  case noSeatLeft(replicas: Int)
  /// The replica has a seat.
  case hasSeat(ReplicaID, seat: Int)
  /// Seats are given by another replica.
  case seatsGivenElsewhere(at: ReplicaID)
  /// Nothing in the plan rests on a search, so that there are no seats.
  case noSeats
  /// The text is a plan of another format, which another version of the program made.
  case otherFormat(Int)
  /// The text is no plan.
  case malformed(line: Int)
}

extension PlanError: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    switch self {
    case .missing(let names):
      """
      the schema declares \(names.joined(separator: ", ")), and no plan says how they run; make one \
      with CheckRun, of MerganserConfluence, and open with it
      """
    case .otherSchema(let expected, let found):
      """
      the plan is for schema \(String(found, radix: 16)), and this is \
      \(String(expected, radix: 16)); make the plan again
      """
    case .undecided(let name): "the plan does not name the transaction \(name); make it again"
    case .noSuchArgument(let name, let argument, let count):
      """
      the plan gives \(name) to the owner of its argument \(argument + 1), and it has \(count); make the plan \
      again
      """
    case .refused(let name, let invariants, let reason):
      "the plan refuses \(name)"
        + (invariants.isEmpty
          ? ""
          : ", which is not known to keep " + invariants.map { "\"\($0)\"" }.joined(separator: ", "))
        + "; declare a remedy, or run it tentatively" + (reason.map { ":\n\($0)" } ?? "")
    case .undeclared(let name):
      "the schema does not declare the transaction \(name); list it among its transactions"
    case .runsElsewhere(let name, let replica):
      "\(name) runs at replica \(replica.shortDescription) alone, by the plan: such calls are that replica's to order, "
        + "and can be submitted anywhere (submit), or it owns the value; call it there"
    case .exceedsWrites(let name, let found, let planned):
      """
      \(name) did what the plan does not list for it (\(found.joined(separator: ", "))), but only \
      \(planned.isEmpty ? "nothing" : planned.joined(separator: ", ")); nothing was kept. Declare it over \
      arguments, or with a start, with which a search sees that, and make the plan again
      """
    case .exceedsReads(let name, let found, let planned):
      """
      \(name) read table \(found), which the plan does not list for it, but only \
      \(planned.isEmpty ? "none" : planned.joined(separator: ", ")); nothing was kept. Declare it over \
      arguments, or with a start, with which a search sees that, and make the plan again
      """
    case .readsTime(let name):
      """
      \(name) read its time, and the plan rests on a search, which tries no other times than its own; nothing was \
      kept. Give it the time as an argument
      """
    case .readsReplica(let name, let ended):
      """
      \(name) asked which replica it runs at, and runs here in the seat of \(ended.shortDescription), of which the \
      search knew the name; nothing was kept. Call it at a replica that has a seat of its own
      """
    case .unsearchedArguments(let name, let arguments):
      """
      \(name)(\(arguments.joined(separator: ", "))) was not searched, and the plan holds for what was; declare the \
      transaction over these arguments too, and make the plan again
      """
    case .otherArguments(let name, let declared, let searched):
      "\(name) is declared over other arguments than were searched ("
        + Self.difference(declared: declared, searched: searched) + "); make the plan again"
    case .otherStart(let expected, let found):
      """
      the plan rests on a search that began with \(String(found, radix: 16)), and the schema's start is \
      \(String(expected, radix: 16)); make the plan again
      """
    case .otherCode(let step):
      """
      within \(step) calls from the start, the transactions do something else than what was searched, or something \
      that does not follow from the database and their arguments; make the plan again
      """
    case .startRefused(let reason):
      "the schema's start cannot be written: \(reason); let it keep every invariant"
    case .otherFoundingPlan(let name):
      """
      \(name) rests on a search, and the database was not founded by this plan; open it at the founder with a plan \
      that has the same start and allows all that the earlier one allows, or found a database anew
      """
    case .beforeStart(let name, let founder):
      """
      \(name) rests on a search from the database's start, of which nothing is here yet; sync with its founder, \
      \(founder.shortDescription), or with a replica that has
      """
    case .noSeat(let name, let replica, let replicas):
      """
      \(name) rests on a search of \(replicas) replicas, and \(replica.shortDescription) is none of them; let the \
      founder give it a seat (giveSeat), and sync
      """
    case .behindCut(let name, let ended):
      """
      \(name) runs here in the place of \(ended.shortDescription), of which not all is here that counts; sync first
      """
    case .noSeatLeft(let replicas):
      "all \(replicas) seats are given; make the plan by a search of more replicas"
    case .hasSeat(let replica, let seat):
      "\(replica.shortDescription) has seat \(seat) already"
    case .seatsGivenElsewhere(let replica):
      "seats are given at replica \(replica.shortDescription), the founder or its heir; call it there"
    case .noSeats:
      "nothing in the plan rests on a search of so many replicas, so any replica may run it; no seats are needed"
    case .otherFormat(let number):
      "the plan is of format \(number), which this version of the program does not read; make it again"
    case .malformed(let line): "line \(line) is not a plan's"
    }
  }

  private static func difference(declared: [[String]], searched: [[String]]) -> String {
    func text(_ call: [String]) -> String { "(\(call.joined(separator: ", ")))" }
    if let new = declared.first(where: { !searched.contains($0) }) {
      return "\(text(new)) is declared, and was not"
    }
    let gone = searched.first { !declared.contains($0) }
    return "\(text(gone ?? [])) was, and is not declared"
  }
}
