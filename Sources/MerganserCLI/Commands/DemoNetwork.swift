import ArgumentParser
import Foundation

/// `merganser demo-network`.
struct DemoNetwork: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo-network",
    abstract: "Run three branches of a bank on a network: live, cut off, killed, healed.",
    discussion: """
      Each branch is a process of its own, with a store and a key of its own, and reaches the others by TLS alone. Where \
      root runs it on Linux, each has a network namespace, as if it were on a machine of its own; elsewhere all are on \
      the loopback. It takes some seconds, and fails if anything is not as it has to be.

      Example:
        merganser demo-network --store demo/network
      """)

  @Option(help: "The folder of the stores and keys, which is made anew.")
  var store = "demo/network"

  @Flag(help: "Stay on the loopback.")
  var loopback = false

  func run() async throws {
    #if Network
      try BranchFolder.prepare(store)
      var demo = try await NetworkDemo(in: store, makingNamespaces: !loopback)
      try await demo.run()
      Terminal.say()
      Terminal.say("Look for yourself:")
      Terminal.say("  merganser show \(store)/lisbon")
      Terminal.say("  merganser log \(store)/faro --limit 20")
    #else
      throw Failure.withoutNetworks
    #endif
  }
}

/// The folder of branches' stores and keys: an empty one, or that of earlier branches, which makes room.
enum BranchFolder {
  private static let mark = "merganser-branches"

  /// Makes the folder ready; nothing is removed from one that was not made here.
  static func prepare(_ directory: String) throws {
    let files = FileManager.default
    try UserFile.makeFolders(directory)
    let names = try files.contentsOfDirectory(atPath: directory)
    guard names.isEmpty || names.contains(mark) else {
      throw Failure(
        "\(directory) is not empty, and not of earlier branches: name another folder with --store")
    }
    for name in names { try files.removeItem(atPath: "\(directory)/\(name)") }
    try UserFile.write(
      "The stores and keys here are made anew by each run of merganser demo-network.\n",
      to: "\(directory)/\(mark)")
  }
}
