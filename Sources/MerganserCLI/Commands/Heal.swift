import ArgumentParser
import Foundation
import Merganser
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
      again there, under the invariants. What they refuse is shown and written to a file, a JSON object a \
      line. The old store is only read; remove it once nothing in it is missed. Where the identity that \
      forked still has a store on the kept branch, name that as the one to heal from.

      Writes of other replicas on the left branch are offered by their own stores. Where such a store is \
      lost, or the writes are of the identity that forked and its store is on the kept branch, name the \
      replica with --offer at one store only. Writes that a rule in code must check (Check, Unique, …) can \
      be made again by the program that has the rule alone: it calls Replica.heal.

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

  @Option(help: "The file for what is refused, else INTO.refused.jsonl.", completion: .file())
  var refused: String?

  @OptionGroup var times: TimeOptions

  func run() async throws {
    let drift = try times.toleratedDrift
    try UserFile.requireFolder(of: refusals)
    for path in [store, from] { try VerificationProcess.refuseDamage(of: path) }
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    let others = try Set(offer.map { try replica($0, in: reading) })
    let kept = try LogStore.open(at: from)
    defer { try? kept.close() }
    if let renewal = kept.renewal { Terminal.say("\(from) is a new replica now: \(renewal)") }
    let healthy = try StorePeer(kept, toleratedDrift: drift)
    let healing = Healing(
      leaving: reading, for: into, from: healthy, offering: others, anyway: anyway,
      options: LogStore.Options(), wall: systemClock)
    let identity = StoreIdentity(
      replica: .random(), founder: reading.identity.founder, schema: kept.identity.schema)
    // Refused before anything is made.
    _ = try Catalog(makingWritesFor: reading.identity)
    let report = try await healing.run(clearance: { Clearance(scope: $0) }) { place in
      let new =
        try LogStore.exists(at: place)
        ? LogStore.open(at: place) : LogStore.create(at: place, identity: identity)
      do {
        _ = try await meet(StorePeer(new, toleratedDrift: drift), healthy)
        try new.close()
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

  private func replica(_ prefix: String, in reading: LogReading) throws -> ReplicaID {
    let known = try reading.snapshot().heads.keys.sorted()
    let found = known.filter { $0.description.hasPrefix(prefix.lowercased()) }
    guard let replica = found.first, found.count == 1 else {
      let names = (found.isEmpty ? known : found).map(\.description).joined(separator: ", ")
      throw Failure(
        found.isEmpty
          ? "\(store) knows no replica \(prefix); it has writes of \(names)"
          : "\(prefix) is how the ids of several replicas begin: \(names)")
    }
    return replica
  }

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
    if !report.isSynced {
      Terminal.say("\(from) does not have it yet: run merganser sync \(into) \(from)")
    }
    if report.refused.isEmpty { return }
    try write(report.refused, to: refusals)
    for refusal in report.refused {
      Terminal.say("refused: \(refusal.origin.shortDescription):\(refusal.sequences.lowerBound)")
      for line in refusal.reason.wrapped(to: 76) + refusal.writes { Terminal.say("    \(line)") }
    }
    Terminal.say("What was refused stands in \(refusals), too, and in \(store).")
  }

  private struct Record: Encodable {
    var origin: String
    var first, last: UInt64
    var milliseconds: UInt64
    var reason: String
    var writes: [String]
  }

  private func write(_ refusals: [HealingReport.Refusal], to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = Data()
    for refusal in refusals {
      data += try encoder.encode(
        Record(
          origin: refusal.origin.description, first: refusal.sequences.lowerBound,
          last: refusal.sequences.upperBound, milliseconds: refusal.time.milliseconds,
          reason: refusal.reason, writes: refusal.writes))
      data.append(0x0A)
    }
    do { try data.write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
      throw Failure("\(file) cannot be written; what was refused stands in \(store) alone")
    }
  }
}

extension Catalog {
  /// The catalog of a store's schema by which a tool may write: it knows all tables and all rules.
  fileprivate init(makingWritesFor identity: StoreIdentity) throws {
    try self.init(describingAllOf: identity)
    let known = description.rules
    if let rule = identity.schema.rules.first(where: { !known.contains($0) }) {
      throw Failure(
        """
        \(rule.kind) "\(rule.name)" is a rule in code, which the program alone can ask; let it heal the \
        store (Replica.heal)
        """)
    }
  }
}
