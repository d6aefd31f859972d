#if Network
  import CommandSupport
  import Foundation
  import Merganser
  import MerganserNetwork
  import TestSupport
  import Testing

  @testable import MerganserCLI

  /// A relay says how it is, by HTTP and by `merganser status`.
  @Suite(.timeLimit(.minutes(15))) struct HealthTests {
    /// What is answered to a question, as text.
    private func ask(_ path: String, at address: String, method: String = "GET") async throws
      -> (status: Int, text: String)
    {
      let answer = try await HTTPClient(NetworkAddress(ofHealthPort: address))
        .ask(path, method: method)
      return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    private func status(at address: String) async throws -> RelayStatus {
      let answer = try await ask("/status", at: address)
      return try JSONDecoder().decode(RelayStatus.self, from: Data(answer.text.utf8))
    }

    /// A number of IPv6 stands in brackets where a host is named, or the port answers that it is not meant.
    @Test func aHealthPortIsAskedByItsNumber() async throws {
      let folder = try TemporaryFolder()
      _ = try await makeStore("relay", in: folder)
      for place in ["127.0.0.1", "[::1]"] {
        if place == "[::1]", !FileManager.default.fileExists(atPath: "/proc/net/if_inet6") {
          continue
        }
        let server = try Server.serving(
          "relay", with: "--health", "http://\(place):0", in: folder)
        let health = await server.after("health at ")
        let shown = try Command.run("status", health, in: folder)
        #expect(shown.status == 0, "\(health): \(shown)")
        kill(server.process.processIdentifier, SIGKILL)
        server.process.waitUntilExit()
      }
    }

    @Test func whatGoesThroughARelayIsCounted() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("relay", in: folder)
      let server = try Server.serving(
        "relay", with: "--health", "http://127.0.0.1:0", "--peer", "tcp://127.0.0.1:1", in: folder)
      let (health, address) = (await server.after("health at "), await server.address)
      #expect(try await ask("/health", at: health) == (200, "well\n"))
      let lisbon = try Replica(notes, joining: founder)
      try await lisbon.linked(to: address) {
        for number in 0..<3 {
          try await lisbon.write(acknowledgedBy: .replicas(2), within: .seconds(600)) {
            try $0[notes.notes, "\(number)"].set("written")
          }
        }
        try await lisbon.shows("of relay")
        let peers = try await status(at: health).peers
        let peer = try #require(peers.first { $0.replica == "\(lisbon.id)" })
        #expect(peer.state == "linked" && peer.isIncoming)
        #expect(peers.contains { $0.address == "tcp://127.0.0.1:1" && !$0.isIncoming })
        let shown = try Command.run("status", health, in: folder)
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(shown)")
        #expect(shown.output.contains("\(lisbon.id)".prefix(8) + "  linked"), "\(shown)")
      }
      await server.logs("a link has ended")
      let now = try await status(at: health)
      #expect(now.received == 3 && now.sent == 1 && now.refused == 0 && now.waiting == 0)
      #expect(now.receivedBytes > 100 && now.sentBytes > 100)
      let metrics = try await ask("/metrics", at: health)
      for line in [
        "merganser_versions_received_total 3", "merganser_versions_sent_total 1",
        "merganser_peers_linked 0", "# TYPE merganser_peers gauge",
      ] { #expect(metrics.text.split(separator: "\n").contains { $0 == line }, "\(line)") }
      for (path, method, expected) in [
        ("/", "GET", 200), ("/nothing", "GET", 404), ("/health", "POST", 405),
      ] {
        #expect(try await ask(path, at: health, method: method).status == expected)
      }
      #expect(server.end() == 0)
    }

    @Test func theLivePageIsToldEachSecond() async throws {
      let folder = try TemporaryFolder()
      _ = try await makeStore("relay", in: folder)
      let path = folder.path(of: "h")
      let server = try Server.serving("relay", with: "--health", "unix:\(path)", in: folder)
      #expect(await server.after("health at ") == "unix:\(path)")
      let wire = try Wire(to: path)
      wire.send("GET /events HTTP/1.1\r\n\r\n")
      let events = await wire.receive { $0.components(separatedBy: "data: {").count > 3 }
      #expect(events.contains("Content-Type: text/event-stream"))
      #expect(events.contains("\"linked\"") == false && events.contains("\"peers\":[]"))
      // So many look at it, and no more.
      let others = try (1..<HealthPort.viewers).map { _ in try Wire(to: path) }
      for other in others {
        other.send("GET /events HTTP/1.1\r\n\r\n")
        #expect(await other.receive { $0.contains("data: {") }.contains("200 OK"))
      }
      let refused = try Wire(to: path)
      refused.send("GET /events HTTP/1.1\r\n\r\n")
      #expect(await refused.receive().contains("503"))
      #expect(server.end() == 0)
    }

    @Test func whoEndsIsNotWell() async throws {
      let folder = try TemporaryFolder()
      let founder = try await makeStore("first", in: folder)
      try await makeStore("second", joining: founder, in: folder)
      let first = try Server.serving("first", with: "--health", "http://127.0.0.1:0", in: folder)
      let health = await first.after("health at ")
      let second = try Server.serving("second", with: "--peer", await first.address, in: folder)
      // Both have met.
      let porto = try Replica(notes, joining: founder)
      try await porto.linked(to: await second.address) { try await porto.shows("of first") }
      second.stop()
      first.send(SIGTERM)
      await first.logs("draining")
      #expect(try await ask("/health", at: health) == (503, "it is ending\n"))
      let shown = try Command.run("status", health, in: folder)
      #expect(shown.status == 1 && shown.output.contains("health    it is ending"), "\(shown)")
      #expect(first.end(by: SIGKILL) == SIGKILL)
      second.end(by: SIGKILL)
    }

    @Test func whatCannotBeToldIsRefusedInOneLine() async throws {
      let folder = try TemporaryFolder()
      _ = try await makeStore("relay", in: folder)
      let server = try Server.serving("relay", in: folder)
      let address = await server.address
      for (arguments, reason) in [
        (["status", "http://127.0.0.1:1"], "nobody answers"),
        (["status", "nowhere"], "is no address"),
        (
          ["serve", "relay", "--peer", "tcp://127.0.0.1:1", "--health-for-all"], "without --health"
        ),
        (
          ["serve", "relay", "--listen", address, "--plaintext", "--health", "http://0.0.0.0:0"],
          "--health-for-all"
        ),
        (
          [
            "serve", "relay", "--listen", address, "--plaintext", "--health", "ws://127.0.0.1:0/a",
          ],
          "a WebSocket's address"
        ),
      ] {
        let refused = try Command.start(arguments, in: folder).finish()
        #expect(refused.isOneLineFailure, "\(arguments): \(refused)")
        #expect(refused.errors.contains(reason), "\(arguments): \(refused.errors)")
      }
      #expect(server.end() == 0)
    }

    @Test func metricsTellSoManyPeersApart() {
      var status = RelayStatus(version: "", replica: "", database: "", started: "")
      for number in 0..<1000 {
        status.peers.append(
          RelayStatus.Peer(
            address: "\(number)", isIncoming: true, replica: "\(number)", state: "linked",
            since: "", lag: UInt64(number), fault: nil))
      }
      let lines = status.metrics.split(separator: "\n")
      let labelled = lines.filter { $0.contains("{") }
      #expect(labelled.count == RelayStatus.labelledPeers + 1)
      #expect(labelled.first == "merganser_peer_lag_versions{replica=\"999\"} 999")
      let rest = (0..<(1000 - RelayStatus.labelledPeers)).reduce(0, +)
      #expect(labelled.last == "merganser_peer_lag_versions{replica=\"others\"} \(rest)")
      #expect(lines.contains("merganser_peers_linked 1000"))
    }
  }
#endif
