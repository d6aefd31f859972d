import ArgumentParser
import Foundation
import Merganser
import MerganserLog

/// `merganser sync`.
struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Sync two stores: afterwards both hold what either held.",
    discussion: """
      The stores belong to two replicas of one database, and no program has them open. Both are \
      verified first; a damaged one is refused. What versions write is checked against the types of \
      their tables, as far as this program knows them, and appended to the logs; the exit status is not 0 \
      if any was refused, as those are whose times lie too far ahead, or waits for what is not here. A store \
      whose log no longer has what the other lacks \
      hands its rows over instead. That takes a schema whose types this program knows; otherwise the \
      program that has the types can do it.

      Example:
        merganser sync bank/branch-1 bank/branch-2
      """)

  @Argument(help: "A store's folder.", completion: .directory)
  var first: String

  @Argument(help: "Another store's folder.", completion: .directory)
  var second: String

  @OptionGroup var times: TimeOptions

  @OptionGroup var formats: FormatOptions

  @OptionGroup var removals: RemovalOptions

  func run() async throws {
    let drift = try times.toleratedDrift
    guard Self.resolved(first) != Self.resolved(second) else {
      throw Failure("\(first) and \(second) are one folder; name two stores")
    }
    for store in [first, second] { try VerificationProcess.refuseDamage(of: store) }
    let stores = try open([first, second])
    let report: SyncReport
    let waiting: Int
    do {
      let peers = try stores.map {
        try StorePeer($0, options: ReplicaOptions(toleratedDrift: drift))
      }
      report = try await sync(
        peers[0], with: peers[1], acceptingRemovals: removals.acceptRemovals)
      waiting = peers.reduce(0) { $0 + $1.waitingCount }
    } catch {
      // Nothing waits for the stores any more; they are not left as if in use.
      for store in stores { try? store.close() }
      throw error
    }
    for (path, store, tookState, received) in [
      (first, stores[0], report.receivedState, report.received),
      (second, stores[1], report.sentState, report.sent),
    ] {
      let all = try store.snapshot().heads.count
      Terminal.say(
        "\(path) (\(store.identity.replica.shortDescription)) took in "
          + (tookState ? "rows instead of versions" : received.counted("version"))
          + ", and holds those of \(all.counted("replica"))")
    }
    for store in stores { try store.close() }
    for refusal in report.refused { Terminal.say("refused: \(refusal)") }
    if let parting = report.partings.first { Terminal.say("\(parting)") }
    Terminal.say(unverified: report.unverified)
    try Failure.throwIfIncomplete(
      refused: report.refused.count + report.furtherRefusals, waiting: waiting)
    Terminal.say("Both hold the same versions.")
  }

  /// Opens the stores to be written, each as the replica that it is.
  private func open(_ paths: [String]) throws -> [LogStore] {
    try paths.map { path in
      let store = try LogStore.open(at: path, options: formats.storeOptions)
      if let renewal = store.renewal { Terminal.say("\(path) is a new replica now: \(renewal)") }
      return store
    }
  }

  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}

extension Failure {
  /// Fails if versions were refused, or wait for what is not here.
  static func throwIfIncomplete(refused: Int, waiting: Int) throws {
    var parts: [String] = []
    if refused > 0 {
      parts.append("\(refused.counted("version")) refused; the reasons stand above")
    }
    if waiting > 0 {
      parts.append(
        "\(waiting.counted("version")) not applied, for lack of what they depend on; sync again to be offered "
          + "them again")
    }
    if !parts.isEmpty { throw Failure(parts.joined(separator: "; ")) }
  }
}

extension Terminal {
  /// Says how much was taken in that hashes do not verify, if anything was.
  static func say(unverified count: Int) {
    guard count > 0 else { return }
    say(
      """
      not verified: \(count.counted("time")), what was taken in rests on versions whose hashes are gone here; \
      a fork there would not be seen
      """)
  }
}
