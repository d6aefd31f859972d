#if Network
  import CommandSupport
  import Foundation
  import Merganser
  import MerganserLog
  import MerganserNetwork
  import TestSupport
  import Testing

  /// `merganser serve` carries what comes, stores it, and ends in order.
  @Suite(.timeLimit(.minutes(15))) struct ServeTests {
    @Test func whatOneClientWritesComesToTheOther() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let server = try Server.serving("relay", in: folder)
      let (lisbon, porto) = (
        try Replica(notes, joining: founder), try Replica(notes, joining: founder)
      )
      let address = await server.address
      try await lisbon.linked(to: address) {
        try await porto.linked(to: address) {
          try await lisbon.note("from lisbon")
          try await porto.shows("from lisbon")
          try await porto.shows("of relay")
        }
      }
      await server.logs("a link has ended")
      #expect(server.end() == 0)
      // It is on the relay's disk.
      let shown = try Command.run("show", "relay", "notes", in: folder)
      #expect(shown.output.contains("from lisbon"), "\(shown)")
      #expect(try Command.run("verify", "relay", in: folder).status == 0)
    }

    @Test func membersShowTheirCertificates() async throws {
      let folder = try TemporaryFolder()
      let relay = try await Replica.open(notes, at: folder.path(of: "relay"))
      try await relay.close()
      let authority = try DatabaseAuthority(of: relay.founder)
      try authority.identity(of: relay.id).save(to: folder.path(of: "relay.pem"))
      let server = try Server(
        ["serve", "relay", "--listen", "tcp://127.0.0.1:0", "--identity", "relay.pem"], in: folder)
      let (lisbon, porto) = (
        try Replica(notes, joining: relay.founder), try Replica(notes, joining: relay.founder)
      )
      let address = await server.address
      try await lisbon.linked(to: address, by: .members(try authority.identity(of: lisbon.id))) {
        try await porto.linked(to: address, by: .members(try authority.identity(of: porto.id))) {
          try await porto.note("from porto")
          try await lisbon.shows("from porto")
        }
      }
      #expect(server.end() == 0)
    }

    @Test func nothingAcknowledgedIsLostWhereTheServerIsKilled() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let lisbon = try Replica(notes, joining: founder)
      let address = "unix:\(folder.path(of: "s"))"
      var server = try Server.serving("relay", at: address, in: folder)
      _ = await server.address
      try await lisbon.linked(to: address) {
        var acknowledged: [String] = []
        for round in 0..<5 {
          // It is killed while these are on their way.
          let later = Task { for number in 0..<50 { try await lisbon.note("\(round), \(number)") } }
          for number in 0..<10 {
            let key = "acknowledged \(round), \(number)"
            try await lisbon.write(acknowledgedBy: .replicas(2), within: .seconds(600)) {
              try $0[notes.notes, key].set("written")
            }
            acknowledged.append(key)
          }
          #expect(server.end(by: SIGKILL) == SIGKILL)
          let store = try await Replica.open(notes, at: folder.path(of: "relay"))
          for key in acknowledged { #expect(try store.snapshot.has(key), "\(key)") }
          try await store.close()
          try await later.value
          server = try Server.serving("relay", at: address, in: folder)
          _ = await server.address
        }
        // And the rest comes, too.
        try await lisbon.write(acknowledgedBy: .replicas(2), within: .seconds(600)) {
          try $0[notes.notes, "last"].set("written")
        }
      }
      #expect(server.end() == 0)
      let store = try await Replica.open(notes, at: folder.path(of: "relay"))
      #expect(try store.snapshot.has("4, 49") && store.snapshot.has("last"))
      try await store.close()
    }

    @Test func relaysKeepALinkWithEachOther() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("first", in: folder)
      try await makeStore("second", joining: founder, in: folder)
      let address = "unix:\(folder.path(of: "s"))"
      // The second one is there first, and tries again until the first one is.
      let second = try Server.serving("second", with: "--peer", address, in: folder)
      let porto = try Replica(notes, joining: founder)
      try await porto.linked(to: await second.address) {
        for round in 0..<2 {
          let first = try Server.serving("first", at: address, in: folder)
          let lisbon = try Replica(notes, joining: founder)
          try await lisbon.linked(to: await first.address) {
            try await lisbon.note("round \(round)")
            try await porto.shows("round \(round)")
            try await lisbon.shows("of second")
          }
          #expect(first.end(by: round == 0 ? SIGKILL : SIGINT) == (round == 0 ? SIGKILL : 0))
        }
      }
      #expect(second.end() == 0)
    }

    @Test func theSecondSignalEndsItAtOnce() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("first", in: folder)
      try await makeStore("second", joining: founder, in: folder)
      let first = try Server.serving("first", in: folder)
      let second = try Server.serving("second", with: "--peer", await first.address, in: folder)
      // Both have met.
      let porto = try Replica(notes, joining: founder)
      try await porto.linked(to: await second.address) { try await porto.shows("of first") }
      // A peer that does not answer keeps it from draining.
      second.stop()
      first.send(SIGTERM)
      await first.logs("draining")
      #expect(first.end() == 128 + SIGTERM)
      second.end(by: SIGKILL)
    }

    @Test func whatCannotBeServedIsRefusedInOneLine() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let other = try await makeStore("other", in: folder)
      try DatabaseAuthority(of: other).identity(of: other).save(to: folder.path(of: "other.pem"))
      try DatabaseAuthority(of: founder).identity(of: founder).save(
        to: folder.path(of: "relay.pem"))
      chmod(folder.path(of: "relay.pem"), 0o644)
      let server = try Server.serving("relay", in: folder)
      let address = await server.address
      let local = "tcp://127.0.0.1:0"
      for (arguments, reason) in [
        (["other"], "say where to listen"),
        (["other", "--listen", local], "--identity FILE, or --plaintext"),
        (["other", "--listen", local, "--identity", "a", "--plaintext"], "contradict"),
        (["other", "--listen", "nowhere", "--plaintext"], "is no address"),
        (["other", "--listen", "tcp://0.0.0.0:0", "--plaintext"], "without TLS nothing leaves it"),
        (["other", "--listen", "wss://127.0.0.1:0/sync", "--plaintext"], "contradict"),
        (["other", "--listen", address, "--plaintext"], "nobody can listen at \(address)"),
        (["other", "--listen", local, "--identity", "nowhere.pem"], "nowhere.pem cannot be used"),
        (["other", "--listen", local, "--identity", "relay.pem"], "others can read it"),
        (["relay", "--listen", local, "--plaintext"], "in use"),
        (["nowhere", "--listen", local, "--plaintext"], "nothing of this name"),
      ] as [([String], String)] {
        let refused = try Command.start(["serve"] + arguments, in: folder).finish()
        #expect(refused.isOneLineFailure, "\(arguments): \(refused)")
        #expect(refused.errors.contains(reason), "\(arguments): \(refused.errors)")
      }
      chmod(folder.path(of: "relay.pem"), 0o600)
      let certificate = try Command.run(
        "serve", "other", "--listen", local, "--identity", "relay.pem", in: folder)
      #expect(certificate.isOneLineFailure && certificate.errors.contains("and not of"))
      #expect(server.end() == 0)
    }

    @Test func manyWriteAtTheSameTime() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let store = try LogStore.open(at: folder.path(of: "relay"))
      let relay = try StorePeer(store)
      let listener = relay.listen(
        on: try NetworkAddress("tcp://127.0.0.1:0"), security: .plaintext, options: .patient)
      let run = Task { try await listener.run() }
      let address = try await listener.address
      try await withThrowingTaskGroup { group in
        for place in 0..<8 {
          group.addTask {
            let replica = try Replica(notes, joining: founder)
            try await replica.linked(to: "\(address)") {
              for number in 0..<200 { try await replica.note("\(place), \(number)") }
              for other in 0..<8 { try await replica.shows("\(other), 199") }
            }
          }
        }
        try await group.waitForAll()
      }
      listener.drain()
      try await run.value
      #expect(relay.waitingCount == 0)
      try store.close()
    }
  }
#endif
