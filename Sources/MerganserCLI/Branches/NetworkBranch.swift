import ArgumentParser
import Foundation
import Merganser
import MerganserNetwork

/// `merganser network-branch`: a branch of the demo's bank in a process of its own, which is reached by its sockets alone.
struct NetworkBranch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network-branch", abstract: "Be a branch of the demo's bank on the network.",
    shouldDisplay: false)

  @Argument(help: "The store's folder.")
  var store: String

  @Option(help: "The branch's number.")
  var place: Int

  @Option(help: "The database that it joins, if its store is new.")
  var founder: String?

  @Option(help: "The demo's seed.")
  var seed: UInt64 = 7

  @Option(parsing: .singleValue, help: "Where to listen.")
  var listen: [String] = []

  @Option(parsing: .singleValue, help: "With whom to keep a link.")
  var peer: [String] = []

  @Option(help: "How many transfers a second it makes by itself.")
  var rate = 0

  @Option(help: "The file to which it adds the number of each transfer that is durable.")
  var log: String?

  @OptionGroup var links: LinkOptions

  func run() async throws {
    #if Network
      let host = try await BranchHost(
        at: store, place: place, joining: founder.flatMap(ReplicaID.init), seed: seed,
        network: BranchNetwork(
          listen: listen.map { try NetworkAddress($0) }, peers: peer.map { try NetworkAddress($0) },
          security: links.security))
      try await host.run(rate: rate, log: log)
    #else
      throw Failure.withoutNetworks
    #endif
  }
}

#if Network
  /// Where a branch listens, and with whom it keeps links.
  struct BranchNetwork: Sendable {
    var listen: [NetworkAddress]
    var peers: [NetworkAddress]
    var security: NetworkSecurity

    /// So that what is lost is noticed soon, and tried again soon.
    static var options: NetworkOptions {
      var options = NetworkOptions()
      options.firstRetry = .milliseconds(200)
      options.longestRetry = .seconds(2)
      options.handshakeTime = .seconds(5)
      options.limits.silence = .seconds(4)
      return options
    }

    /// Links a replica until the task is cancelled.
    func run(_ replica: Replica<DemoBank>, watching status: BranchLinks) async throws {
      let listeners = listen.map { address in
        replica.listen(on: address, security: security, options: Self.options)
      }
      let connector = replica.connect(to: peers, security: security, options: Self.options)
      status.set { listeners.map(\.status) + [connector.status] }
      defer { status.set { [] } }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for listener in listeners { group.addTask { try await listener.run() } }
        group.addTask { try await connector.run() }
        try await group.waitForAll()
      }
    }
  }
#endif
