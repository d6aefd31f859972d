import ArgumentParser
import Foundation
import Merganser
import MerganserLog

/// `merganser accept`.
struct Accept: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept",
    abstract: "Let a store accept times of other replicas that lie in the future.",
    discussion: """
      What a clock wrote that was ahead is refused by other replicas, also after that clock was set right. \
      Each of them accepts it from then on when it is told to: up to a time, or up to the one that \
      another store has reached. Set the clock right first. Values that were written by the wrong clock \
      still win over those written without having seen them.

      It is recorded in the store, and cannot be taken back. No program has the store open; one that has \
      can accept times itself.

      Example:
        merganser accept bank/branch-1 --of bank/branch-2
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(parsing: .unconditional, help: "Up to this time: ISO 8601, or milliseconds since 1970.")
  var upTo: String?

  @Option(help: "Up to the time that this store has reached.", completion: .directory)
  var of: String?

  func validate() throws {
    guard (upTo == nil) != (of == nil) else {
      throw ValidationError("give a time with --up-to, or a store with --of")
    }
  }

  func run() throws {
    let time = try time()
    // Refused before it is recorded.
    var tolerance = TimeTolerance()
    try tolerance.accept(upTo: time)
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    try opened.acceptTimes(upTo: time)
    let accepted = opened.acceptedTime
    try opened.close()
    Terminal.say("\(store) accepts times of other replicas up to \(accepted.text)")
  }

  private func time() throws -> HybridTime {
    if let of {
      let reading = try LogStore.openForReading(at: of)
      return try withExtendedLifetime(reading) { try reading.snapshot().latestTime }
    }
    let upTo = upTo ?? ""
    if let milliseconds = UInt64(upTo) {
      // The whole of the millisecond that a refusal names.
      return HybridTime(bits: HybridTime(milliseconds: milliseconds).bits | 0xFFFF)
    }
    guard let date = try? Date(upTo, strategy: .iso8601) else {
      throw ValidationError(
        "--up-to must be a time, as 2026-11-22T18:30:00Z, or milliseconds since 1970; found \(upTo)"
      )
    }
    return HybridTime(milliseconds: UInt64(max(0, date.timeIntervalSince1970 * 1000)))
  }
}

/// How far ahead times may lie in what is taken into a store.
struct TimeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "How many seconds ahead times of other replicas may lie.")
  var drift: Int = 300

  var toleratedDrift: Duration {
    get throws {
      // Refused before a store is touched.
      _ = try TimeTolerance(drift: .seconds(drift))
      return .seconds(drift)
    }
  }
}

/// Which formats of versions are taken into a store.
struct FormatOptions: ParsableArguments {
  @Flag(
    help: """
      Also take versions of format 1, which programs of before wrote: they do not name the hashes of what \
      they rest on, so forks cannot be told by them. Needed while a replica that wrote such versions has not \
      been opened by a newer program, or to hand on what only it holds.
      """)
  var takeUnverified = false

  /// How the stores are opened.
  var storeOptions: ReplicaOptions {
    var options = ReplicaOptions()
    options.takesUnverifiedVersions = takeUnverified
    return options
  }
}

/// How much a state may remove.
struct RemovalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Accept that this many rows are removed, where rows are taken in instead of versions. Without it, more than a \
      quarter of a table's rows is refused, with the numbers by table: check that they were deleted on the other \
      side.
      """, valueName: "rows"))
  var acceptRemovals = 0
}
