import ArgumentParser
import Merganser
import MerganserLog

/// `merganser import`.
struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Apply the versions that a bundle carries.",
    discussion: """
      The store is verified first, and the whole bundle is checked: one that is damaged, of another \
      database, or that continues from versions which the store lacks changes nothing. No program has \
      the store open. Importing a bundle again changes nothing. The exit status is not 0 if any version \
      was refused, or waits for what is not here; the others are applied.

      A bundle that carries rows, too, gives them to a store that lacks versions before its first. That \
      takes a schema whose types this program knows; otherwise the program that has the types can do it.

      Example:
        merganser import porto tuesday.bundle
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "The bundle's file.", completion: .file())
  var bundle: String

  @OptionGroup var times: TimeOptions

  @OptionGroup var formats: FormatOptions

  @OptionGroup var removals: RemovalOptions

  func run() async throws {
    let drift = try times.toleratedDrift
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store, options: formats.storeOptions)
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    let bar = LateBar(of: "MB", unit: 1 << 20)
    let report: ImportReport
    let waiting: Int
    do {
      defer { bar.finish() }
      // The file is read twice.
      let peer = try StorePeer(opened, options: ReplicaOptions(toleratedDrift: drift))
      report = try await peer.import(
        from: bundle, acceptingRemovals: removals.acceptRemovals
      ) { bar.reach($0 / 2, of: $1 / 2) }
      waiting = peer.waitingCount
    } catch {
      // Nothing waits for the store any more; it is not left as if in use.
      try? opened.close()
      guard let error = error as? BundleError else { throw error }
      if case .file = error { throw error }
      throw Failure("\(bundle): \(error)")
    }
    try opened.close()
    for refusal in report.refused { Terminal.say("refused: \(refusal)") }
    Terminal.say(unverified: report.unverified)
    let received = report.received.counted("version")
    if report.tookState {
      // The rows have what most of the versions wrote.
      Terminal.say(
        "\(store) took in rows" + (report.received > 0 ? ", and \(received) beyond them" : ""))
    } else {
      Terminal.say("\(store) took in \(received), and had \(report.known) already")
    }
    try Failure.throwIfIncomplete(
      refused: report.refused.count + report.furtherRefusals, waiting: waiting)
  }
}
