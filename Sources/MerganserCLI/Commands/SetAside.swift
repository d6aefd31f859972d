import ArgumentParser
import Merganser
import MerganserLog

/// `merganser set-aside`.
struct SetAside: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set-aside",
    abstract: "List the versions that a store keeps and does not apply.",
    discussion: """
      A version that rests on another branch of some replica's history than the one that is here, or lies \
      beyond the end of its origin's identity, is kept, and never applied: rules that hold on one branch \
      can break over both. The store may be in use meanwhile; to drop what is listed, no program has it \
      open.

      Example:
        merganser set-aside porto
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Flag(help: "Drop them. Whoever has them can offer them again.")
  var drop = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Record: Encodable {
    var origin: String
    var first, last: UInt64
    var bytes: Int
    var reason: String
  }

  func run() throws {
    var versions: [SetAsideVersion] = []
    if drop {
      let opened = try LogStore.open(at: store)
      defer { try? opened.close() }
      try opened.snapshot().state.forEachSetAside { versions.append($0) }
      try opened.store(CheckpointStep(droppingSetAside: versions))
      try opened.close()
      return Terminal.say(
        "\(versions.count) version\(versions.count == 1 ? "" : "s") that were set aside: dropped")
    }
    let reading = try LogStore.openForReading(at: store)
    defer { reading.close() }
    try reading.snapshot().state.forEachSetAside { versions.append($0) }
    if json {
      return try JSONOutput.print(
        versions.map { aside in
          Record(
            origin: aside.version.origin.description, first: aside.version.sequences.lowerBound,
            last: aside.version.sequences.upperBound, bytes: aside.version.payload.count,
            reason: aside.reason)
        })
    }
    if versions.isEmpty { return Terminal.say("nothing is set aside") }
    for aside in versions {
      let (version, sequences) = (aside.version, aside.version.sequences)
      Terminal.say(
        "\(version.origin.shortDescription):\(sequences.lowerBound), \(version.payload.count) B")
      for line in aside.reason.wrapped(to: 76) { Terminal.say("    \(line)") }
    }
  }
}
