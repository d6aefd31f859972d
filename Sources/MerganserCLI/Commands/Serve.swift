import ArgumentParser
import Foundation
#if Network
  import Logging
#endif
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserNetwork

/// `merganser serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Link a store with others over the network: a relay, which needs no program.",
    discussion: """
      What comes from one side is stored, and goes to all others. It listens at each --listen, and keeps a link with \
      each --peer, which is made again where it is lost. Addresses are tcp://host:port, wss://host:port/path, \
      unix:/path; a port of 0 has the system choose one. Both sides of a link show certificates of the database's \
      authority (--identity), or are on one machine (--plaintext).

      Versions are checked as far as the store's schema tells, and kept; the rest is checked by the program that opens \
      the store next, or by those who are linked. The log is kept whole meanwhile: no program truncates it.

      With --join it answers those who have an invitation (merganser invite), and gives them certificates by the \
      authority's key (--authority). Which invitations were used is in a file beside that (FILE.used).

      With --health it answers by HTTP: / is a live page, /health says whether it is well, /metrics is for Prometheus, \
      and merganser status reads /status. Whoever can connect there can read all of it, so it is on the loopback unless \
      --health-for-all is given.

      It says on standard output where it listens, and logs on standard error. It ends in order at the first SIGTERM \
      or SIGINT, within ten seconds, and at once at the second. No program has the store open.

      Example:
        merganser serve bank/relay --listen tcp://0.0.0.0:7400 --identity relay.pem
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Where to listen; may be given several times.", valueName: "address"))
  var listen: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "With whom to keep a link; may be given several times.", valueName: "address"))
  var peer: [String] = []

  @Option(
    help: ArgumentHelp("Where to answer those who join by an invitation.", valueName: "address"))
  var join: String?

  @Option(help: "The file of the database's authority, for --join.", completion: .file())
  var authority: String?

  @Option(
    help: ArgumentHelp(
      "Where to say by HTTP how it is, such as http://127.0.0.1:9400.", valueName: "address"))
  var health: String?

  @Flag(help: "Say how it is to other machines, too.")
  var healthForAll = false

  @OptionGroup var links: LinkOptions

  @OptionGroup var times: TimeOptions

  @OptionGroup var formats: FormatOptions

  func validate() throws {
    guard !listen.isEmpty || !peer.isEmpty else {
      throw ValidationError("say where to listen (--listen), or with whom to link (--peer)")
    }
    guard (join == nil) == (authority == nil) else {
      throw ValidationError("--join and --authority need each other")
    }
    guard join == nil || links.identity != nil else {
      throw ValidationError("--join needs --identity, which those who join know the store by")
    }
    guard health != nil || !healthForAll else {
      throw ValidationError("--health-for-all says nothing without --health")
    }
  }

  func run() async throws {
    #if Network
      let addresses = try listen.map { try NetworkAddress($0) }
      let others = try peer.map { try NetworkAddress($0) }
      let security = try links.security
      let health = try healthAddress
      var options = formats.storeOptions
      options.toleratedDrift = try times.toleratedDrift
      let opened = try LogStore.open(at: store, options: options)
      defer { try? opened.close() }
      if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
      let logger = LineLog.logger()
      let relay = try Relay(
        of: opened, options: options, listeningAt: addresses, connectingTo: others,
        security: security, logger: logger)
      let desk = try desk(of: relay, logger: logger)
      let interruption = Interruption(by: [SIGTERM, SIGINT]) {
        logger.info("draining")
        relay.drain()
      }
      defer { withExtendedLifetime(interruption) {} }
      let server = health.map { HealthPort(of: relay).server(at: $0) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        if let desk {
          group.addTask { try await desk.run() }
          Terminal.say("joining at \(try await desk.address)")
          fflush(nil)
        }
        if let server {
          group.addTask { try await server.run() }
          Terminal.say("health at \(try await server.address.asHealthPort)")
          fflush(nil)
        }
        group.addTask {
          try await relay.run { addresses in
            for address in addresses { Terminal.say("listening at \(address)") }
            fflush(nil)
          }
        }
        // The relay ends, or something fails: the server does not end by itself.
        try await group.next()
        group.cancelAll()
      }
      try opened.close()
    #else
      throw Failure.withoutNetworks
    #endif
  }

  #if Network
    /// Where those are answered who join by an invitation.
    private func desk(of relay: Relay, logger: Logger) throws -> HTTPServer? {
      guard let join, let authority, let identity = links.identity else { return nil }
      let signer = try DatabaseAuthority(at: authority, of: relay.store.identity)
      let member = try MemberIdentity(at: identity)
      guard member.isMember(by: signer) else {
        throw Failure(
          "the certificate in \(identity) is not signed by the authority in \(authority)")
      }
      let desk = InvitationDesk(
        authority: signer, used: try UsedInvitations(at: authority + ".used"),
        schema: { relay.store.identity.schema },
        addresses: { relay.listening.withLock { $0 } }, logger: logger)
      return HTTPServer(at: try NetworkAddress(join), tls: try HTTPSecurity(signer)) {
        desk.answer($0)
      }
    }

    /// Where to say how it is.
    private var healthAddress: NetworkAddress? {
      get throws {
        guard let health else { return nil }
        let address = try NetworkAddress(ofHealthPort: health)
        if case .webSocket = address {
          throw Failure("\(health) is a WebSocket's address; write http://host:port", status: 64)
        }
        guard address.isLocal || healthForAll else {
          throw Failure(
            "\(health) is not of this machine alone; name 127.0.0.1, or give --health-for-all",
            status: 64)
        }
        return address
      }
    }
  #endif
}
