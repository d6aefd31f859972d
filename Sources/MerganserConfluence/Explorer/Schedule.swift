package import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Runs the steps of a trace on real databases that exchange versions.
struct Schedule {
  /// What was seen.
  struct Outcome {
    let violation: InvariantViolation
    let start: [String]
    let rows: [[String]]
  }

  let workload: Workload
  let replicas: Int
  let calls: [StateSpace.Call]

  /// The violation that is seen at the end of steps each of which changes something and the last of
  /// which, and none before, breaks the invariant of the given name, or any; `nil` if it is otherwise.
  func violation(
    after trace: StateSpaceTrace, breaking name: String?
  ) throws -> InvariantViolation? {
    try run(trace, breaking: name) { _, _ in }
  }

  /// The violation, with the rows that were seen on the way to it.
  func outcome(of trace: StateSpaceTrace, breaking name: String?) throws -> Outcome? {
    var (start, seen): ([String], [[String]]) = ([], [])
    let violation = try run(trace, breaking: name) { step, database in
      if step == nil { start = rows(database) } else { seen.append(rows(database)) }
    }
    return violation.map { Outcome(violation: $0, start: start, rows: seen) }
  }

  /// Runs steps, and shows the database at which each was made; the first one before any step.
  private func run(
    _ trace: StateSpaceTrace, breaking name: String?,
    showing show: (_ step: Int?, _ database: Database) -> Void
  ) throws -> InvariantViolation? {
    let steps = trace.steps
    let late = HybridTime(milliseconds: 1 << 40)
    var (databases, logs) = try begin(at: trace.clocks.start, late: late)
    show(nil, databases[0])
    if steps.isEmpty { return try violation(in: databases[0], named: name) }
    for (number, step) in steps.enumerated() {
      let place: Int
      switch step.move {
      case .call(let call, let at, _):
        place = at
        let body = workload.transactions[calls[call].transaction].calls[calls[call].call].body
        let wall = trace.clocks.wall(at: step.time)
        guard
          let version = try? databases[at].transact(
            clearance: workload.clearance(at: at), wall: wall, body: body
          )
          .version
        else { return nil }
        logs[at].append(version)
      case .merge(let source, let target):
        place = target
        let reception = try databases[target].receive(logs[source], wall: late)
        if reception.applied.isEmpty { return nil }
        logs[target] += reception.applied
      }
      show(number, databases[place])
      if let violation = try violation(in: databases[place], named: nil) {
        let wanted = try violationOfSameName(violation, in: databases[place], named: name)
        return number == steps.count - 1 ? wanted : nil
      }
    }
    return nil
  }

  /// The replicas before they part, and their logs.
  private func begin(
    at time: HybridTime, late: HybridTime
  ) throws -> ([Database], [[StoredVersion]]) {
    let ids = workload.names.prefix(replicas)
    var logs: [[StoredVersion]] = Array(repeating: [], count: replicas)
    if let origin = workload.origin {
      let databases = ids.map {
        Database(
          catalog: workload.catalog, replica: $0, founder: ids[0], holding: origin.state)
      }
      return (databases, logs)
    }
    var databases = ids.map {
      Database(catalog: workload.catalog, replica: $0, founder: ids[0])
    }
    let genesis = try databases[0].transact(
      clearance: .start, wall: time,
      body: workload.start
    ).version
    for place in databases.indices {
      logs[place] += [genesis].compactMap { $0 }
      if place > 0 { _ = try databases[place].receive(logs[place], wall: late) }
    }
    return (databases, logs)
  }

  private func violation(in database: Database, named name: String?) throws -> InvariantViolation? {
    try database.snapshot.violations().first { name == nil || $0.invariant == name }
  }

  private func violationOfSameName(
    _ first: InvariantViolation, in database: Database, named name: String?
  ) throws -> InvariantViolation? {
    name == nil ? first : try violation(in: database, named: name)
  }

  private func rows(_ database: Database) -> [String] { workload.rows(of: database.snapshot) }
}

extension Workload {
  /// When and by whom a register was written, which the order of the steps tells.
  private static var writtenWhen: Regex<Substring> { /\ \([0-9]+\+[0-9]+ by [A-Z]\)/ }

  /// The rows that a database shows, one a line, with the replicas by their names.
  package func rows(of snapshot: Snapshot) -> [String] {
    var lines: [String] = []
    for table in catalog.description.tables {
      for (key, value) in (try? snapshot.text(ofTable: table.name)) ?? [] {
        lines.append(named("\(table.name) \(key) = \(value)"))
      }
    }
    return lines
  }

  /// A text with the replicas of a search by their names, and without times, which other searches choose otherwise.
  func named(_ text: String) -> String {
    var text = text
    for (place, replica) in names.enumerated() {
      text = text.replacing(replica.description, with: Self.name(ofReplica: place))
      text = text.replacing(replica.shortDescription, with: Self.name(ofReplica: place))
    }
    return text.replacing(Self.writtenWhen, with: "")
  }
}

extension InvariantViolation {
  /// The violation with the replicas of a workload's search by their names.
  func named(in workload: Workload) -> InvariantViolation {
    var named = self
    named.found = workload.named(found)
    named.key = workload.named(key)
    return named
  }
}
