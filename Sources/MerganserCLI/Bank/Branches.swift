import Foundation
import Merganser
import MerganserDatabase
import MerganserLog

/// The branches of a bank: replicas of one database, each with a store of its own in a folder.
struct Branches: Sendable {
  let bank: Bank
  let replicas: [Replica<Bank>]
  let directory: String

  /// Opens the branches whose stores are in a folder, creating those that are not there.
  ///
  /// `arguments` decide which branch a transaction belongs to. A run goes on only with the same, as a
  /// transaction would otherwise be sent to two branches, and count twice.
  static func open(
    _ bank: Bank, count: Int, in directory: String, arguments: [String: String]
  ) async throws -> Branches {
    if UserFile.isFolder(directory), try LogStore.exists(at: directory) {
      throw StorageError.unusable(
        path: directory, reason: "it holds a store itself; name a folder for the branches' stores")
    }
    try UserFile.makeFolder(directory)
    try check(bank, against: path(0, in: directory), in: directory)
    let further = path(count, in: directory)
    guard try !LogStore.exists(at: further) else {
      throw BranchError.otherArguments(
        directory, name: "replicas", found: "more than \(count)", given: "\(count)")
    }
    var replicas: [Replica<Bank>] = []
    for number in 0..<count {
      let replica = try await Replica.open(
        bank, at: path(number, in: directory), joining: replicas.first?.founder)
      try await record(arguments, at: replica, bank: bank, directory: directory)
      replicas.append(replica)
    }
    return Branches(bank: bank, replicas: replicas, directory: directory)
  }

  /// Refuses a floor other than that under which the first branch was begun.
  private static func check(_ bank: Bank, against store: String, in directory: String) throws {
    guard try LogStore.exists(at: store) else { return }
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    func floor(_ invariants: [SchemaDescription.Invariant]) -> String? {
      invariants.first { $0.kind == Bounds.kind && $0.tables == [bank.accounts.name] }?.parameters[
        1]
    }
    let found = floor(reading.identity.schema.invariants)
    let given = floor(try Catalog(bank).description.invariants)
    if let found, let given, found != given {
      throw BranchError.otherArguments(directory, name: "floor", found: found, given: given)
    }
  }

  /// The folder of a branch's store.
  static func path(_ number: Int, in directory: String) -> String {
    "\(directory)/branch-\(number + 1)"
  }

  func close() async throws {
    for replica in replicas { try await replica.close() }
  }

  /// Lets all branches exchange what they have, until all have the same.
  func syncAll() async throws {
    for replica in replicas.dropFirst() { try await check(replicas[0].sync(with: replica)) }
    for replica in replicas.dropFirst() { try await check(replicas[0].sync(with: replica)) }
  }

  /// Lets each of `pairs` of branches meet.
  func sync(_ pairs: Set<[Int]>) async throws {
    for pair in pairs.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      try await check(replicas[pair[0]].sync(with: replicas[pair[1]]))
    }
  }

  private func check(_ report: SyncReport) throws {
    if let refused = report.refused.first { throw refused }
  }

  private static func record(
    _ arguments: [String: String], at replica: Replica<Bank>, bank: Bank, directory: String
  ) async throws {
    let recorded = try replica.snapshot.rows(bank.run)
    for (name, value) in recorded {
      guard let found = value.value, let given = arguments[name], found != given else { continue }
      throw BranchError.otherArguments(directory, name: name, found: found, given: given)
    }
    let missing = arguments.filter { name, _ in !recorded.contains { $0.key == name } }
    guard !missing.isEmpty else { return }
    try await replica.write { tx in
      for (name, value) in missing { try tx[bank.run, name].set(value) }
    }
  }
}

/// Why branches cannot be opened together.
enum BranchError: Error, Equatable {
  case otherArguments(String, name: String, found: String, given: String)
}

extension BranchError: CustomStringConvertible {
  var description: String {
    switch self {
    case .otherArguments(let directory, let name, let found, let given):
      """
      the stores in \(directory) were begun with --\(name) \(found), not \(given): go on with the same \
      arguments, or name another folder
      """
    }
  }
}
