import ArgumentParser
import Foundation
import Merganser
import MerganserLog
import MerganserNetwork
import MerganserSync

/// `merganser sync`.
struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Sync two stores, also over the network: afterwards both hold what either held.",
    discussion: """
      The stores belong to two replicas of one database, and no program has them open. Both are \
      verified first; a damaged one is refused. What versions write is checked against the types of \
      their tables, as far as this program knows them, and appended to the logs; the exit status is not 0 \
      if any was refused, as those are whose times lie too far ahead, or waits for what is not here. A store \
      whose log no longer has what the other lacks \
      hands its rows over instead. That takes a schema whose types this program knows; otherwise the \
      program that has the types can do it.

      Instead of a second store, name the address of whoever listens: a program, or merganser serve. Both show \
      certificates of the database's authority then (--identity), or are on one machine (--plaintext).

      Example:
        merganser sync bank/branch-1 bank/branch-2
        merganser sync bank/branch-1 tcp://relay.example.org:7400 --identity branch-1.pem
      """)

  @Argument(help: "A store's folder.", completion: .directory)
  var first: String

  @Argument(help: "Another store's folder, or the address of a listener.", completion: .directory)
  var second: String

  @OptionGroup var links: LinkOptions

  @OptionGroup var times: TimeOptions

  @OptionGroup var formats: FormatOptions

  @OptionGroup var removals: RemovalOptions

  /// Whether the other side is named by its address.
  var isRemote: Bool { second.contains("://") || second.hasPrefix("unix:") }

  func validate() throws {
    guard isRemote || (links.identity == nil && !links.plaintext) else {
      throw ValidationError("two stores sync without --identity and --plaintext")
    }
  }

  func run() async throws {
    let drift = try times.toleratedDrift
    if isRemote { return try await syncRemotely(drift: drift) }
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
    try say(first, as: stores[0], took: report.received, or: report.receivedState)
    try say(second, as: stores[1], took: report.sent, or: report.sentState)
    for store in stores { try store.close() }
    try finish(report, waiting: waiting)
  }

  /// Syncs the first store with whoever listens at the address.
  private func syncRemotely(drift: Duration) async throws {
    #if Network
      let (address, security) = (try NetworkAddress(second), try links.security)
      try VerificationProcess.refuseDamage(of: first)
      let store = try open([first])[0]
      defer { try? store.close() }
      let peer = try StorePeer(store, options: ReplicaOptions(toleratedDrift: drift))
      let report = try await NetworkSync(
        peer: peer, address: address, security: security,
        acceptingRemovals: removals.acceptRemovals
      ).run()
      try say(first, as: store, took: report.received, or: report.receivedState)
      Terminal.say("\(address) took in " + Self.amount(report.sent, or: report.sentState))
      let waiting = peer.waitingCount
      try store.close()
      try finish(report, waiting: waiting)
    #else
      throw Failure.withoutNetworks
    #endif
  }

  /// Says what a store took in.
  private func say(_ path: String, as store: LogStore, took count: Int, or isState: Bool) throws {
    let all = try store.snapshot().heads.count
    Terminal.say(
      "\(path) (\(store.identity.replica.shortDescription)) took in "
        + Self.amount(count, or: isState) + ", and holds those of \(all.counted("replica"))")
  }

  private static func amount(_ versions: Int, or isState: Bool) -> String {
    isState ? "rows instead of versions" : versions.counted("version")
  }

  /// Says what was refused, and fails if that, or what waits, keeps the two from holding the same.
  private func finish(_ report: SyncReport, waiting: Int) throws {
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
