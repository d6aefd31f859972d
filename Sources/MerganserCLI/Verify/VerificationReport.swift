import Merganser
import MerganserLog

/// What the verification of a store found, what it checked, and what it could not check.
struct VerificationReport: Codable, Equatable {
  /// One thing that is not as it should be.
  struct Fault: Codable, Equatable {
    var place: String
    var reason: String
    /// Whether the bytes are not those that were written; otherwise the rows break an invariant, or a version
    /// cannot be applied.
    var isDamage = true
    /// Whether it is a version that cannot be applied.
    var isVersion = false
  }

  /// Something that was not checked, and why.
  struct Gap: Codable, Equatable {
    var name: String
    var reason: String
  }

  var faults: [Fault] = []
  /// What was checked, in words.
  var checked: [String] = []
  var unchecked: [Gap] = []
  /// The database's founder, where it could be read.
  var founder: String?
  var origins = 0
  var blocks = 0
  var versions = 0
  /// How many rows the schema's tables have, and those that every database has besides.
  var rows = 0
  var systemRows = 0

  var isSound: Bool { faults.isEmpty }
  /// Whether the log has versions that cannot be applied.
  var leavesVersionsOut: Bool { faults.contains(where: \.isVersion) }
  var isDamaged: Bool { faults.contains(where: \.isDamage) }

  /// The report of one fault that hides all else.
  init(place: String, reason: String) {
    faults = [Fault(place: place, reason: reason)]
    unchecked = [Gap(name: "the rest", reason: "it cannot be read")]
  }

  /// Checks the store in a folder, in this process; `progress` is told how much of it was read.
  ///
  /// - Throws: where there is no store, or none that can be read.
  init(
    ofStore path: String, onlyBytes: Bool = false,
    progress: (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    let log = try LogStore.verify(at: path, progress: progress)
    faults = log.findings.map { Fault(place: $0.place, reason: $0.reason) }
    origins = log.origins
    blocks = log.blocks
    versions = log.versions
    let blocks = self.blocks.counted("block")
    let all = "\(versions.counted("version")) of \(origins.counted("replica")) in \(blocks)"
    checked.append("\(all): checksums, links, gaps, vector")
    if log.truncated > 0 {
      let truncated = log.truncated.counted("truncated version")
      checked.append("\(truncated) in the spine: checksums, numbers")
    }
    guard !onlyBytes else { return }
    guard isSound else {
      founder = (try? LogStore.openForReading(at: path))?.identity.founder.description
      unchecked.append(
        Gap(name: "rows and invariants", reason: "the log that they come from is damaged"))
      return
    }
    do {
      try check(StoredDatabase(at: path))
    } catch StorageError.damaged(let place, let reason) {
      faults.append(Fault(place: place, reason: reason))
    } catch let error as SchemaError {
      faults.append(Fault(place: "the schema's description", reason: "\(error)"))
    }
  }

  /// Checks what the versions come to.
  private mutating func check(_ database: StoredDatabase) throws {
    founder = database.identity.founder.description
    let (snapshot, recovery) = try database.recovered()
    faults += recovery.refused.map {
      Fault(place: "the log", reason: "\($0)", isDamage: false, isVersion: true)
    }
    let tables = database.catalog.description.tables
    let declared = tables.filter { !systemTableNames.contains($0.name) }
    rows = declared.reduce(0) { $0 + (snapshot.rowCount(ofTable: $1.name) ?? 0) }
    systemRows = systemTableNames.reduce(0) { $0 + (snapshot.rowCount(ofTable: $1) ?? 0) }
    checked.append(
      "\(rows.counted("row")) of \(declared.count.counted("table"))"
        + (systemRows > 0 ? ", and \(systemRows) of system tables" : ""))
    let unreadable = try snapshot.unreadableRows()
    faults += unreadable.map {
      Fault(place: "row \($0.key) of table \($0.table)", reason: $0.reason)
    }
    guard unreadable.isEmpty else {
      unchecked.append(Gap(name: "invariants", reason: "rows that they are about cannot be read"))
      return
    }
    faults += try snapshot.brokenInvariants().map {
      Fault(
        place: "\($0.table) \($0.key)", reason: "\($0.invariant): \($0.found)", isDamage: false)
    }
    unchecked += database.unknownTables.map {
      Gap(name: "table \($0.name)", reason: Self.reason($0, database: database))
    }
    for invariant in database.identity.schema.invariants {
      let name = "\(invariant.kind) \"\(invariant.name)\""
      if database.catalog.description.invariants.contains(invariant) {
        checked.append(name)
      } else {
        unchecked.append(Gap(name: name, reason: Self.reason(invariant, known: tables.map(\.name))))
      }
    }
  }
}

extension VerificationReport {
  /// Why a table was not checked.
  private static func reason(
    _ table: SchemaDescription.Table, database: StoredDatabase
  ) -> String {
    let unknown = database.unknownTables.map(\.name).filter { $0 != table.name }
    let parent = database.identity.schema.invariants.first { $0.parameters.first == table.name }
      .flatMap { invariant in unknown.first { invariant.tables.contains($0) } }
    if let parent { return "its rows live and die with those of \(parent)" }
    return "this program does not know \(table.unknownTypes)"
  }

  /// Why an invariant was not checked, where the tables named `known` were.
  private static func reason(_ invariant: SchemaDescription.Invariant, known: [String]) -> String {
    if !invariant.tables.allSatisfy(known.contains) {
      return "a table that it is about was not checked"
    }
    return invariant.traits.isCode
      ? "its condition is code, which only its program has"
      : "this command does not know the kind; its program can check it"
  }
}

// For people.
extension VerificationReport {
  /// Prints what was checked and what was not, a line for each fault, the outcome, and what to do next.
  func print(path: String) {
    func say(_ line: String) {
      for (number, part) in line.wrapped(to: 78).enumerated() {
        Terminal.say(number > 0 ? "  " + part : part)
      }
    }
    for what in checked { say("checked: \(what)") }
    for gap in unchecked { say("not checked: \(gap.name): \(gap.reason)") }
    for fault in faults { Terminal.say("fault: \(fault.place): \(fault.reason)") }
    say(outcome(path: path))
    for step in nextSteps(path: path) { Terminal.say(step) }
  }

  private func outcome(path: String) -> String {
    let faults = faults.count.counted("fault")
    if isDamaged { return "\(path) is damaged: \(faults)" }
    if leavesVersionsOut { return "\(path) has versions that cannot be applied: \(faults)" }
    if !isSound { return "\(path) breaks its invariants: \(faults)" }
    return unchecked.isEmpty
      ? "\(path) is sound" : "\(path) has no fault in what was checked; see above what was not"
  }

  /// What an operator does about the faults.
  private func nextSteps(path: String) -> [String] {
    if isDamaged {
      return [
        "",
        "What to do: close the program that has it open, and move the folder away. Then",
        "- restore a backup: merganser backup BACKUP \(path)",
        "- or join the database anew: Replica.open(…, joining: founder), with the founder",
        "  \(founder ?? "told by merganser stat of another store")",
        "and bring the rest from another replica's store: merganser sync \(path) OTHER",
        "What this store alone had written since is lost.",
      ]
    }
    if leavesVersionsOut {
      return [
        "",
        "What to do: open it with its program, or sync it (merganser sync). What cannot",
        "be applied, and what rests on it, is set aside then, and everything else is",
        "applied; merganser set-aside \(path) lists it.",
      ]
    }
    if !isSound {
      return [
        "",
        "What to do: the file is as it was written, and every replica comes to these",
        "rows: correct them by transactions of the program.",
      ]
    }
    return []
  }
}
