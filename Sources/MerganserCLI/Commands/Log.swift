import ArgumentParser
import Foundation
import Merganser

/// `merganser log`.
struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Print a store's versions: who committed what, and when.",
    discussion: """
      One version on a line: the time of its commit, its origin with the numbers of its writes, the \
      request that it answers (#), and what it wrote, by table and key. Each version comes after \
      those that it depends on. The store may be in use.

      A store truncates its log: it drops old versions once their rows are stored. A line above the \
      others says where the log begins then. What a version changed can be told where the state before \
      it is still known; for others, what stands behind a row is what was written to it.

      Example:
        merganser log bank/branch-1 --limit 20 --origin a1b2
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(parsing: .unconditional, help: "Print the last versions only, so many of them.")
  var limit: Int?

  @Option(help: "Print the versions of one replica only: its id, or how that begins.")
  var origin: String?

  @Flag(help: "Print JSON, one object on a line.")
  var json = false

  func validate() throws {
    if let limit, limit < 0 {
      throw ValidationError("--limit must be 0 or more; found \(limit)")
    }
  }

  func run() throws {
    let database = try StoredDatabase(at: store)
    let origins = try self.origins(in: database)
    var (walk, start) = try database.walk(last: limit, of: origins)
    if !json, let beginning = LogBeginning(database.log.truncatedTo) {
      for line in beginning.lines { Terminal.say(line) }
    }
    while let step = try walk.next() {
      let last = step.stored.sequences.upperBound
      guard origins.contains(step.stored.origin), last > start[step.stored.origin] else { continue }
      let entry = try LogEntry(step)
      if json {
        try JSONOutput.print(entry, onOneLine: true)
      } else {
        Terminal.print(line: entry.line(width: Terminal.width ?? 80))
      }
    }
  }

  /// The replicas whose versions are asked for.
  private func origins(in database: StoredDatabase) throws -> Set<ReplicaID> {
    let known = database.log.heads.keys
    guard let origin else { return Set(known) }
    return [
      try KnownReplicas(of: store, relation: "has writes of", replicas: known).replica(origin)
    ]
  }
}
