import Merganser
import MerganserLog

/// What the verification of a store found.
struct VerificationReport: Codable, Equatable {
  /// One thing that is not as it should be.
  struct Fault: Codable, Equatable {
    var place: String
    var reason: String
  }

  var faults: [Fault] = []
  /// What could not be checked, in words.
  var unchecked: [String] = []
  var origins = 0
  var blocks = 0
  var versions = 0
  var rows = 0

  var isSound: Bool { faults.isEmpty }

  /// The report of one fault that hides all else.
  init(place: String, reason: String) {
    faults = [Fault(place: place, reason: reason)]
  }

  /// Checks the store in a folder, in this process; `progress` is told how much of it was read.
  ///
  /// - Throws: where there is no store, or none that can be read.
  init(
    ofStore path: String, progress: (_ read: Int, _ all: Int) -> Void = { _, _ in }
  ) throws {
    let log = try LogStore.verify(at: path, progress: progress)
    faults = log.findings.map { Fault(place: $0.place, reason: $0.reason) }
    (origins, blocks, versions) = (log.origins, log.blocks, log.versions)
    guard isSound else { return }
    do {
      let database = try StoredDatabase(at: path)
      unchecked = database.unknownTables.map {
        "table \($0.name), which holds \($0.value.unqualifiedTypeName)"
      }
      for rule in database.identity.schema.rules
      where !database.catalog.description.rules.contains(rule) {
        unchecked.append("\(rule.kind) \"\(rule.name)\"")
      }
      let snapshot = try database.snapshot()
      rows = database.catalog.description.tables.reduce(0) {
        $0 + (snapshot.rowCount(ofTable: $1.name) ?? 0)
      }
      faults += try snapshot.unreadableRows().map {
        Fault(place: "row \($0.key) of table \($0.table)", reason: $0.reason)
      }
      guard isSound else { return }
      faults += try snapshot.brokenInvariants().map {
        Fault(place: "\($0.table) \($0.key)", reason: "\($0.invariant): \($0.found)")
      }
    } catch StorageError.damaged(let place, let reason) {
      faults.append(Fault(place: place, reason: reason))
    } catch let error as SchemaError {
      faults.append(Fault(place: "the schema's description", reason: "\(error)"))
    }
  }

  /// Prints a line for each fault, and one for the whole.
  func print(path: String) {
    for fault in faults { Swift.print("\(fault.place): \(fault.reason)") }
    for name in unchecked { Swift.print("not checked: \(name)") }
    guard isSound else {
      Swift.print("\(path) is damaged: \(faults.count.counted("fault"))")
      return
    }
    Swift.print(
      "\(path) is sound: \(versions.counted("version")) of \(origins.counted("replica")) in "
        + "\(blocks.counted("block")), \(rows.counted("row")), every invariant holds")
  }
}
