import ArgumentParser
import Foundation
import Merganser
import MerganserLog

/// `merganser export`.
struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write versions to a file, to be carried where no network goes.",
    discussion: """
      The file, a bundle, is checksummed and complete when it has its name. With --beyond it has \
      what another store lacks, with --since what was committed since a time; otherwise all that the \
      log has. Where the log no longer has all that is asked for, the bundle carries the rows, too, for \
      a replica that lacks it. The store may be in use.

      Example:
        merganser export lisbon tuesday.bundle --beyond porto
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "The bundle's file; it is not there yet.", completion: .file())
  var bundle: String

  @Option(help: "The folder of a store that has what need not be in the bundle.")
  var beyond: String?

  @Option(help: "A time, as 2026-11-22T18:30:00Z; what was committed before need not be in it.")
  var since: String?

  func validate() throws {
    guard beyond == nil || since == nil else {
      throw ValidationError("--beyond and --since exclude each other")
    }
    _ = try time()
  }

  func run() async throws {
    try UserFile.requireFolder(of: bundle)
    let reading = try LogStore.openForReading(at: store)
    let snapshot = try reading.snapshot()
    var vector = VersionVector()
    if let beyond {
      let other = try LogStore.openForReading(at: beyond)
      guard other.identity.founder == reading.identity.founder else {
        throw ReplicationError.otherDatabase(
          ours: reading.identity.founder, theirs: other.identity.founder)
      }
      vector = try other.snapshot().vector
    } else if let time = try time() {
      vector = try snapshot.vector(before: time)
    }
    let progress = FileProgress(of: bundle, expecting: try snapshot.logBytes)
    let result: Result<ExportReport, any Error>
    do {
      result = .success(try await reading.export(to: bundle, beyond: vector))
    } catch {
      result = .failure(error)
    }
    progress.end()
    let report = try result.get()
    var parts = [report.versions.counted("version")]
    if report.carriesState { parts.insert(report.rows.counted("row"), at: 0) }
    Terminal.say(
      "\(bundle) carries \(parts.joined(separator: " and ")) of \(store): \(report.bytes.grouped) B"
    )
  }

  private func time() throws -> HybridTime? {
    guard let since else { return nil }
    guard let date = try? Date(since, strategy: .iso8601) else {
      throw ValidationError("--since must be a time, as 2026-11-22T18:30:00Z; found \(since)")
    }
    return HybridTime(milliseconds: UInt64(max(0, date.timeIntervalSince1970 * 1000)))
  }
}
