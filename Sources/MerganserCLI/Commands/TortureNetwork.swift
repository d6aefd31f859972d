import ArgumentParser
import Foundation

/// `merganser torture-network`: what the project's own long runs do.
struct TortureNetwork: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture-network",
    abstract: "Have five branches work on a bad network, and see that nothing is lost.",
    shouldDisplay: false)

  @Argument(help: "The folder of the stores, keys and logs, which is made anew.")
  var store: String

  @Option(help: "How many seconds faults are made for.")
  var seconds = 60

  @Option(help: "How many transfers a second there are in all.")
  var rate = 200

  @Option(help: "What the faults follow from.")
  var seed: UInt64 = 1

  @Flag(help: "Stay on the loopback.")
  var loopback = false

  func run() async throws {
    #if Network
      try BranchFolder.prepare(store)
      let run = try await NetworkTorture(
        in: store, seconds: seconds, rate: rate, seed: seed, makingNamespaces: !loopback)
      try await run.run()
    #else
      throw Failure.withoutNetworks
    #endif
  }
}
