import ArgumentParser
import MerganserNetwork

/// By what a command and the other side of a link know each other.
struct LinkOptions: ParsableArguments {
  @Option(
    help:
      "The file of the store's key and certificate; the other side shows one of the same authority.",
    completion: .file())
  var identity: String?

  @Flag(help: "Link without TLS: on the loopback and by Unix sockets alone.")
  var plaintext = false

  func validate() throws {
    guard identity == nil || !plaintext else {
      throw ValidationError("--identity and --plaintext contradict each other; give one of them")
    }
  }

  #if Network
    /// What was asked for.
    var security: NetworkSecurity {
      get throws {
        if let identity { return .members(try MemberIdentity(at: identity)) }
        guard plaintext else {
          throw Failure(
            """
            say by what both sides know each other: --identity FILE, or --plaintext for what does not leave this \
            machine
            """, status: 64)
        }
        return .plaintext
      }
    }
  #endif
}

extension Failure {
  /// The command was built without networks.
  static let withoutNetworks = Failure(
    """
    this command was built without networks; build it with them: swift build -c release --traits Network --product \
    merganser, or make install
    """)
}
