import ArgumentParser
import Merganser
import MerganserDatabase
import MerganserLog

/// `merganser set-aside`.
struct SetAside: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set-aside",
    abstract: "List the versions that a store keeps and does not apply.",
    discussion: """
      A version that rests on another branch of some replica's history than the one that is here, or lies \
      beyond the end of its origin's identity, is kept, and never applied: invariants that hold on one branch \
      can break over both. So is a version that was in the log and cannot be applied, with all that rests \
      on it. What such a version changed can be made again by whoever wrote it, as another \
      replica (merganser heal); a version that was is marked as offered again.

      --drop removes from the store what is listed: what was not offered again is lost here, unless another \
      store has it. Should it come once more with a sync, it is set aside once more. The store may be in use \
      while versions are listed; to drop them, no program has it open.

      Example:
        merganser set-aside porto
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Flag(help: "Remove them from the store, for good unless another one has them.")
  var drop = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Record: Encodable {
    var origin: String
    var first, last: UInt64
    var bytes: Int
    var reason: String
    var offeredAgain: String?
  }

  func run() throws {
    var versions: [SetAsideVersion] = []
    if drop {
      try VerificationProcess.refuseDamage(of: store)
      let opened = try LogStore.open(at: store)
      defer { try? opened.close() }
      try opened.snapshot().state.forEachSetAside { versions.append($0) }
      try opened.store(CheckpointStep(droppingSetAside: versions))
      try opened.close()
      return Terminal.say("\(versions.count.counted("version")) that were set aside: dropped")
    }
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    let snapshot = try reading.snapshot()
    try snapshot.state.forEachSetAside { versions.append($0) }
    if versions.isEmpty {
      return json ? try JSONOutput.print([Record]()) : Terminal.say("nothing is set aside")
    }
    let system = try Snapshot(ofSystemTablesIn: snapshot, identity: reading.identity)
    func offer(_ version: StoredVersion) throws -> RequestOutcome? {
      try system.outcome(of: RequestID(offering: version))
    }
    if json {
      return try JSONOutput.print(
        versions.map { aside in
          Record(
            origin: aside.version.origin.description, first: aside.version.sequences.lowerBound,
            last: aside.version.sequences.upperBound, bytes: aside.version.payload.count,
            reason: aside.reason, offeredAgain: try offer(aside.version)?.summary)
        })
    }
    for group in versions.groupedByReason {
      for aside in group {
        let version = aside.version
        let sequences = aside.version.sequences
        let again = try offer(version).map { "; offered again: \($0.summary)" } ?? ""
        Terminal.say(
          "\(version.origin.shortDescription):\(sequences.lowerBound), \(version.payload.count) B\(again)"
        )
      }
      for line in group.first?.reason.wrapped(to: 76) ?? [] { Terminal.say("    \(line)") }
    }
  }
}

extension RequestOutcome {
  /// What became of a version that was offered again, in a word.
  fileprivate var summary: String { isCommitted ? "committed" : "refused" }
}

extension [SetAsideVersion] {
  /// The versions in runs of one origin and one reason, whatever numbers of versions the reason names.
  fileprivate var groupedByReason: [ArraySlice<SetAsideVersion>] {
    func key(_ aside: SetAsideVersion) -> String {
      aside.version.origin.description + aside.reason.replacing(/:[0-9]+/, with: ":")
    }
    var groups: [ArraySlice<SetAsideVersion>] = []
    var start = startIndex
    var last = first.map(key)
    for place in indices.dropFirst() {
      let next = key(self[place])
      if next == last { continue }
      groups.append(self[start..<place])
      start = place
      last = next
    }
    if start < endIndex { groups.append(self[start...]) }
    return groups
  }
}
