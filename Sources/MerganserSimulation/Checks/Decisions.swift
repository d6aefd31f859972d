import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What became of the requests that were submitted to an order, at whichever replica it was seen first: nothing else may
/// become of them anywhere.
struct Decisions {
  /// The requests that were submitted, in that order.
  private(set) var requests: [RequestID] = []
  private var decided: [RequestID: Decision] = [:]
  private var numbers: [RequestExecutor: RequestID] = [:]
  /// By site: the versions that it showed when it was looked at last.
  private var seen: [Int: VersionVector] = [:]
  private let registers: SimulatedRegisters?
  /// What clients saw of the registers.
  var history: RegisterHistory?
  private var views = OrderViews()
  /// Which version of whom showed the longest view of the order, where it was seen first.
  private var longest: (author: ReplicaID, sequence: UInt64)?

  /// No decisions yet, of a schema that has these registers, if any.
  init(of registers: SimulatedRegisters?) {
    self.registers = registers
    history = registers.map { RegisterHistory(of: $0.table) }
  }

  /// What became of a request, and which versions of whom were shown where it was seen first.
  private struct Decision {
    let execution: RequestExecution
    let author: ReplicaID
    let sequence: UInt64
  }

  /// How many are decided.
  var count: Int { decided.count }

  /// Takes notice of a request.
  mutating func note(_ request: RequestID) {
    if !requests.contains(request) { requests.append(request) }
  }

  /// Checks what a site shows of the requests.
  ///
  /// - Throws: ``Violation``, if one was decided otherwise, two have one number, or what is shown is no beginning of one
  ///   order; ``/MerganserModel/StorageError``.
  mutating func check(_ snapshot: Snapshot, at site: Int) throws {
    if requests.isEmpty || seen[site] == snapshot.vector { return }
    seen[site] = snapshot.vector
    let author = try snapshot.state.orderAuthor(in: snapshot.catalog, founder: snapshot.founder)
    var lengths: OrderViews.Lengths = []
    try snapshot.forEachRow(of: orderTable) { epoch, count in
      lengths.append((epoch, count.value ?? 0))
      return true
    }
    let registers = registers
    let before = views.longest.last
    let end = try views.note(lengths, at: site) {
      try registers?.keys.map { try registers?.read(snapshot, $0) } ?? []
    }
    if let now = views.longest.last, before.map({ $0 != now }) ?? true {
      longest = (author, snapshot.vector[author])
    }
    for request in requests {
      // What is behind the horizon nobody is shown.
      if try snapshot.isExpired(request) { continue }
      guard let found = try snapshot.decision(of: request) ?? nil else {
        try checkMissing(request, in: snapshot, at: site, showing: end)
        continue
      }
      if let place = OrderPlace(found.executor), place > end {
        throw Violation(
          guarantee: .views,
          evidence: "site \(site): \(place) of the order is shown, and the order up to \(end)")
      }
      guard let known = decided[request]?.execution else {
        // Whoever has its id may ask for it here.
        history?.answer(request, with: found)
        decided[request] = Decision(
          execution: found, author: author, sequence: snapshot.vector[author])
        if let other = numbers.updateValue(request, forKey: found.executor) {
          throw Violation(
            guarantee: .decisions,
            evidence: "requests \(other) and \(request) are both \(found.executor) of the order")
        }
        continue
      }
      if found == known { continue }
      throw Violation(
        guarantee: .decisions,
        evidence: "site \(site): request \(request) was \(known) and is \(found)")
    }
  }

  /// Checks that a request which is not shown as decided stands behind what is shown of the order.
  private func checkMissing(
    _ request: RequestID, in snapshot: Snapshot, at site: Int, showing end: OrderPlace
  ) throws {
    guard let place = decided[request].flatMap({ OrderPlace($0.execution.executor) }),
      place <= end, try !snapshot.isExpired(request)
    else { return }
    throw Violation(
      guarantee: .views,
      evidence: "site \(site): \(end) of the order is shown, and not \(place), request \(request)")
  }

  /// Checks that what clients saw of the registers is linearizable, and what replicas showed follows from the order.
  ///
  /// - Throws: ``Violation``.
  func checkHistory(counting report: inout SimulationReport) throws(Violation) {
    guard let registers, let history else { return }
    let verdict = history.verdict()
    report.count("calls of registers", by: verdict.callCount)
    report.count("calls that nobody was told of", by: verdict.openCount)
    report.count("calls that were answered and overlapped others", by: verdict.overlappingCount)
    if let broken = verdict.broken {
      throw Violation(guarantee: .linearizability, evidence: broken)
    }
    var known: Set<OrderPlace> = []
    for executor in numbers.keys { if let place = OrderPlace(executor) { known.insert(place) } }
    let runs = history.runs
    let checked = try views.checkValues(in: registers.table, of: registers.keys) { place in
      if let (call, outcome) = runs[place] {
        return .call(call.input, key: call.key, outcome: outcome)
      }
      return known.contains(place) ? .other : .unknown
    }
    report.count("views of the order", by: views.count)
    report.count("views that were run again", by: checked)
  }

  /// Takes notice that a site's store is another one than before, or an earlier one.
  mutating func forget(_ site: Int) {
    views.forget(site)
    seen[site] = nil
  }

  /// Takes notice that what is on none of some disks is given up: an operator restored the only ones that had it.
  mutating func giveUp(beyond disks: [[ReplicaID: Head]]) {
    func isKept(_ sequence: UInt64, of author: ReplicaID) -> Bool {
      disks.contains { $0[author]?.sequence ?? 0 >= sequence }
    }
    // A view may show what was decided of a request that had expired by then.
    var isLost = longest.map { !isKept($0.sequence, of: $0.author) } ?? false
    for (request, decision) in decided {
      if isKept(decision.sequence, of: decision.author) { continue }
      isLost = true
      decided[request] = nil
      numbers[decision.execution.executor] = nil
      history?.reopen(request)
    }
    guard isLost else { return }
    views.giveUp()
    longest = nil
    // What is there all the same is noted anew.
    seen = [:]
  }

  /// A request that a state does not show as decided; `nil` if it does of all that it knows.
  func open(in snapshot: Snapshot) throws -> RequestID? {
    try requests.first { request in
      guard let record = try snapshot.decision(of: request), record == nil else { return false }
      // What has expired is never run.
      return try !snapshot.isExpired(request)
    }
  }
}
