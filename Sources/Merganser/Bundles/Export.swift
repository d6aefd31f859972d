import MerganserSync
import MerganserDatabase
public import MerganserLog
import MerganserModel
public import MerganserTypes

/// What was written to a bundle.
public struct ExportReport: Hashable, Sendable {
  /// How many versions.
  public var versions = 0
  /// Whether a state stands before them, as the log no longer has all that was asked for.
  public var carriesState = false
  /// How many rows that state has.
  public var rows = 0
  /// How many bytes the file has.
  public var bytes = 0
}

extension Replica {
  /// Writes a bundle: a file that carries versions to where no network goes.
  ///
  /// ```swift
  /// try await lisbon.export(to: "monday.bundle", beyond: vectorThatPortoHad)
  /// // carried to Porto …
  /// try await porto.import(from: "monday.bundle")
  /// ```
  ///
  /// Only what is durable is in it. Where the log no longer has all versions beyond `vector`, the bundle
  /// carries the state, too, for who lacks them.
  ///
  /// - Parameters:
  ///   - location: the file, which is not there yet; it appears as a whole.
  ///   - vector: what whoever will import it has; without one, all is written.
  /// - Returns: what is in it.
  /// - Complexity: O(*n*) in what is written, and a piece of it at a time in memory.
  /// - Throws: ``/MerganserSync/BundleError``; ``/MerganserModel/StorageError``.
  @discardableResult
  public func export(
    to location: some FileLocation, beyond vector: VersionVector = VersionVector()
  ) async throws -> ExportReport {
    let path = try location.checkedPath()
    // The log first: what it no longer has is in the state then, and all that it has in the schema.
    let log = try await onBlockingThread { [self] in try writer.storage.snapshot() }
    let greeting = try await greeting()
    return try await onBlockingThread { [self] in
      try Export(greeting: greeting, log: log) { self.snapshot }.write(
        to: path, beyond: vector)
    }
  }
}

extension LogReading {
  /// Writes a bundle of what the store holds now, while its writer is at work.
  ///
  /// As ``Replica/export(to:beyond:)``.
  ///
  /// - Throws: as there, and ``/MerganserModel/ReplicationError/needsReplica(_:reason:)``, if a state is
  ///   needed of tables that only a program knows.
  @discardableResult
  public func export(
    to location: some FileLocation, beyond vector: VersionVector = VersionVector()
  ) async throws -> ExportReport {
    let path = try location.checkedPath()
    let identity = identity
    let log = try applied(try snapshot(), identity: identity)
    let greeting = Greeting(
      replica: identity.replica, founder: identity.founder,
      schema: identity.schema, snapshot: log)
    return try await onBlockingThread {
      try Export(greeting: greeting, log: log) { try Snapshot(of: log, identity: identity) }
        .write(to: path, beyond: vector)
    }
  }
}

extension LogReading {
  /// A log without the versions that cannot be applied.
  private func applied(
    _ log: any VersionSnapshot, identity: StoreIdentity
  ) throws -> any VersionSnapshot {
    var database = Database(
      catalog: try Catalog(judging: identity.schema), replica: identity.replica,
      founder: identity.founder)
    let recovery = try database.recover(judging: log)
    return recovery.isWhole ? log : AppliedLog(log: log, heads: database.heads)
  }
}

/// A log as far as given heads.
private struct AppliedLog: VersionSnapshot {
  let log: any VersionSnapshot
  let heads: [ReplicaID: Head]

  var truncatedTo: [ReplicaID: Head] { log.truncatedTo }
  var state: any StoredState { log.state }

  func versions(
    of origin: ReplicaID, after sequence: UInt64
  ) throws(StorageError) -> any VersionReader {
    Reader(
      reader: try log.versions(of: origin, after: sequence), last: heads[origin]?.sequence ?? 0)
  }

  private final class Reader: VersionReader {
    private let reader: any VersionReader
    private let last: UInt64

    init(reader: any VersionReader, last: UInt64) { (self.reader, self.last) = (reader, last) }

    func next() throws(StorageError) -> StoredVersion? {
      try reader.next().flatMap { $0.sequences.upperBound <= last ? $0 : nil }
    }
  }
}

extension Snapshot {
  /// What a store's rows and versions come to, known by the schema that it records.
  init(of log: any VersionSnapshot, identity: StoreIdentity) throws {
    var database = Database(
      catalog: try Catalog(describingAllOf: identity), replica: identity.replica,
      founder: identity.founder)
    _ = try database.recover(judging: log)
    self = database.snapshot
  }
}

/// The writing of a bundle.
private struct Export {
  let greeting: Greeting
  let log: any VersionSnapshot
  /// What the log no longer has, and perhaps more.
  let state: () throws -> Snapshot

  func write(to path: String, beyond vector: VersionVector) throws -> ExportReport {
    var report = ExportReport()
    let truncatedTo = VersionVector(log.truncatedTo)
    report.carriesState = !truncatedTo.isCovered(by: vector)
    let snapshot = report.carriesState ? try state() : nil
    if let snapshot, !truncatedTo.isCovered(by: snapshot.vector) {
      throw BundleError.file(path: path, reason: "a state is just being taken in; try again")
    }
    var beyond = vector
    beyond.merge(truncatedTo)
    var writer = try BundleWriter(path)
    do {
      try writer.write(
        .header(BundleHeader(greeting, beyond: beyond, carriesState: report.carriesState)))
      if let snapshot { try write(snapshot, to: &writer, report: &report) }
      let cursor = VersionBatches.Cursor(beyond) { [log] in log }
      while let batch = try cursor.next() {
        try writer.write(.versions(batch))
        report.versions += batch.count
      }
      try writer.finish()
    } catch {
      writer.discard()
      throw error
    }
    report.bytes = writer.size
    return report
  }

  private func write(
    _ snapshot: Snapshot, to writer: inout BundleWriter, report: inout ExportReport
  ) throws {
    var transfer = StateTransfer(snapshot)
    try writer.write(.state(transfer.header))
    while let part = try transfer.next() {
      try writer.write(.rows(part))
      report.rows += part.rows.count
    }
  }
}
