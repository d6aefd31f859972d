import ArgumentParser
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog

/// `merganser heal`.
struct Heal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heal",
    abstract: "Let a store leave its branch of a fork, as a new one beside it.",
    discussion: """
      Two stores have written as one replica, so its history has two branches, which do not sync. Choose \
      a store on the branch that is to be kept, and heal those on the other from it, one after the other: \
      each begins anew with what the kept one holds, as another replica, and what it alone had is made \
      again there, under the invariants. What they refuse is written to a file, a JSON object a line, of \
      which the first are shown, and the exit status is 1 then. The old store is only read; remove it once nothing in it is missed. Where the identity that \
      forked still has a store on the kept branch, name that as the one to heal from.

      Writes of other replicas on the left branch are offered by their own stores. Where such a store is \
      lost, or the writes are of the identity that forked and its store is on the kept branch, name the \
      replica with --offer at one store only. Writes that an invariant in code must check (Check, Unique, …) can \
      be made again by the program that has the invariant alone: it calls Replica.heal.

      Example:
        merganser heal porto porto-2 --from lisbon
      """)

  @Argument(help: "The folder of the store that leaves its branch.", completion: .directory)
  var store: String

  @Argument(help: "The folder of the new store, which does not exist.", completion: .directory)
  var into: String

  @Option(help: "The folder of a store on the branch that is kept.", completion: .directory)
  var from: String

  @Option(help: "Another replica whose writes are offered, too: its id, or how that begins.")
  var offer: [String] = []

  @Flag(help: "Go on where writes stay behind that nobody has offered, or knows any more.")
  var anyway = false

  @Option(help: "A new file for what is refused, else INTO.refused.jsonl.", completion: .file())
  var refused: String?

  @OptionGroup var times: TimeOptions

  func run() async throws {
    let drift = try times.toleratedDrift
    // Before anything is made: what is refused must find its place, and take nobody else's.
    guard LogStore.trimmed(refusals) != LogStore.trimmed(into) else {
      throw ValidationError("--refused names \(refusals), as INTO does; name a file beside it")
    }
    try UserFile.requireNew(refusals)
    for path in [store, from] { try VerificationProcess.refuseDamage(of: path) }
    let reading = try LogStore.openAlone(at: store)
    defer { reading.close() }
    let known = KnownReplicas(
      of: store, relation: "has writes of", replicas: try reading.snapshot().heads.keys)
    let others = try Set(offer.map(known.replica))
    let kept = try LogStore.open(at: from)
    defer { try? kept.close() }
    if let renewal = kept.renewal { Terminal.say("\(from) is a new replica now: \(renewal)") }
    let healthy = try StorePeer(kept, options: ReplicaOptions(toleratedDrift: drift))
    let healing = Healing(
      leaving: reading, for: into, from: healthy, offering: others, anyway: anyway,
      options: ReplicaOptions(), wall: systemClock)
    let identity = StoreIdentity(
      replica: .random(), founder: reading.identity.founder, schema: kept.identity.schema)
    // Refused before anything is made.
    _ = try Catalog(makingWritesFor: reading.identity)
    let report = try await healing.run(clearance: { Clearance(scope: $0) }) { place in
      let new =
        try LogStore.exists(at: place)
        ? LogStore.open(at: place) : LogStore.create(at: place, identity: identity)
      do {
        let report = try await sync(
          StorePeer(new, options: ReplicaOptions(toleratedDrift: drift)), with: healthy)
        try new.close()
        return report
      } catch {
        try? new.close()
        throw error
      }
    } as: { schema in
      try Catalog(
        makingWritesFor: StoreIdentity(
          replica: identity.replica, founder: identity.founder, schema: schema))
    }
    try kept.close()
    try say(report)
  }

  /// The file for what is refused.
  private var refusals: String { refused ?? LogStore.trimmed(into) + ".refused.jsonl" }

  private func say(_ report: HealingReport) throws {
    Terminal.say("\(into) is replica \(report.replica)")
    Terminal.say("  in the place of \(report.left)")
    Terminal.say("  handed to \(from) as they are: \(report.handedOver.counted("version"))")
    Terminal.say(
      "  made again: \(report.offered.counted("version")); before: \(report.offeredBefore); "
        + "refused: \(report.refused.count)")
    for (replica, count) in report.leftToOthers.sorted(by: { $0.key < $1.key }) {
      Terminal.say("left behind: \(count.counted("version")) of \(replica)")
    }
    for (replica, last) in report.unknown.sorted(by: { $0.key < $1.key }) {
      Terminal.say("not known any more: what \(replica) wrote up to \(last), behind the fork")
    }
    for (replica, last) in report.unverified.sorted(by: { $0.key < $1.key }) {
      Terminal.say("taken to be the same on both sides: \(replica) up to \(last)")
    }
    var failures: [String] = []
    if !report.isSynced {
      failures.append("\(from) does not have it yet: run merganser sync \(into) \(from)")
    }
    if !report.refused.isEmpty { failures.append(try tell(report.refused)) }
    if !failures.isEmpty { throw Failure(failures.joined(separator: "; ")) }
  }

  /// Shows what was refused, and writes it to its file; returns where it stands.
  private func tell(_ refused: [HealingReport.Refusal]) throws -> String {
    let count = "\(refused.count.counted("version")) refused"
    let records = try refused.map { try JSONOutput.text(Record($0)) + "\n" }
    do { try UserFile.write(records.joined(), to: refusals) } catch {
      for refusal in refused { show(refusal) }
      throw Failure("\(count), which stand in \(store) alone, as \(error)")
    }
    for refusal in refused.prefix(Self.shown) { show(refusal) }
    if refused.count > Self.shown { Terminal.say("and \(refused.count - Self.shown) more") }
    return "\(count), and kept in \(refusals)"
  }

  /// How many refusals are shown where the file has all.
  private static let shown = 10

  private func show(_ refusal: HealingReport.Refusal) {
    let version = "\(refusal.origin.shortDescription):\(refusal.sequences.lowerBound)"
    let request = refusal.request.map { ", request \($0)" } ?? ""
    Terminal.say("refused: \(version), \(refusal.time.text)\(request)")
    for line in refusal.reason.wrapped(to: 76) + refusal.writes { Terminal.say("    \(line)") }
  }

  /// A refusal as it stands in the file.
  private struct Record: Encodable {
    var origin: String
    var first, last: UInt64
    var milliseconds: UInt64
    var request: String?
    var reason: String
    var writes: [String]

    init(_ refusal: HealingReport.Refusal) {
      origin = refusal.origin.description
      first = refusal.sequences.lowerBound
      last = refusal.sequences.upperBound
      milliseconds = refusal.time.milliseconds
      request = refusal.request.map { "\($0)" }
      reason = refusal.reason
      writes = refusal.writes
    }
  }
}

extension Catalog {
  /// The catalog of a store's schema by which a tool may write: it knows all tables and all invariants.
  fileprivate convenience init(makingWritesFor identity: StoreIdentity) throws {
    try self.init(describingAllOf: identity)
    let known = description.invariants
    if let invariant = identity.schema.invariants.first(where: { !known.contains($0) }) {
      throw Failure(
        """
        \(invariant.kind) "\(invariant.name)" is an invariant in code, which the program alone can ask; let it heal the \
        store (Replica.heal)
        """)
    }
  }
}
