#if Network
  import CommandSupport
  import Merganser
  import MerganserNetwork
  import TestSupport
  import Testing

  /// `merganser sync STORE ADDRESS` brings a store and whoever listens up to date.
  @Suite(.timeLimit(.minutes(15))) struct RemoteSyncTests {
    @Test func bothHoldTheSameAfterwards() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let porto = try await makeStore("porto", joining: founder, in: folder)
      let server = try Server.serving("relay", in: folder)
      let address = await server.address
      for (came, went) in [("1 version", "1 version"), ("0 versions", "0 versions")] {
        let synced = try Command.run("sync", "porto", address, "--plaintext", in: folder)
        #expect(
          synced.output == """
            porto (\(porto.shortDescription)) took in \(came), and holds those of 2 replicas
            \(address) took in \(went)
            Both hold the same versions.

            """, "\(synced)")
        #expect(synced.status == 0 && synced.errors.isEmpty, "\(synced)")
      }
      #expect(server.end() == 0)
      let shown = try ["relay", "porto"].map {
        try Command.run("show", $0, "notes", in: folder).output
      }
      #expect(shown[0].contains("of porto") && shown[0] == shown[1])
    }

    @Test func whatCannotSyncIsRefusedInOneLine() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      _ = try await makeStore("other", in: folder)
      let porto = try await makeStore("porto", joining: founder, in: folder)
      let authority = try DatabaseAuthority(of: founder)
      try authority.identity(of: founder).save(to: folder.path(of: "relay.pem"))
      try authority.identity(of: porto).save(to: folder.path(of: "porto.pem"))
      try DatabaseAuthority(of: founder).identity(of: porto).save(
        to: folder.path(of: "stranger.pem"))
      let plain = try Server.serving("relay", in: folder)
      let address = await plain.address
      func refused(_ arguments: String..., by reason: String) throws {
        let outcome = try Command.start(["sync"] + arguments, in: folder).finish()
        #expect(outcome.isOneLineFailure, "\(arguments): \(outcome)")
        #expect(outcome.errors.contains(reason), "\(arguments): \(outcome.errors)")
      }
      try refused("porto", address, by: "--identity FILE, or --plaintext")
      try refused("other", address, "--plaintext", by: "different databases")
      try refused("porto", address, "--identity", "porto.pem", by: "the other side")
      try refused("porto", "other", "--plaintext", by: "two stores sync without")
      #expect(plain.end() == 0)
      try refused("porto", address, "--plaintext", by: "nobody answers at \(address)")
      let secure = try Server(
        ["serve", "relay", "--listen", "tcp://127.0.0.1:0", "--identity", "relay.pem"], in: folder)
      let other = await secure.address
      try refused("porto", other, "--plaintext", by: "the other side")
      try refused("porto", other, "--identity", "stranger.pem", by: "not signed by the authority")
      let synced = try Command.run("sync", "porto", other, "--identity", "porto.pem", in: folder)
      #expect(synced.status == 0, "\(synced)")
      #expect(secure.end() == 0)
    }
  }
#endif
