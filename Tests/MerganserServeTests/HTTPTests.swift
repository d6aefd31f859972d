#if Network
  import MerganserNetwork
  import TestSupport
  import Testing

  /// Who asks by HTTP, in whatever way, is answered or closed, within limits.
  @Suite(.timeLimit(.minutes(5))) struct HTTPTests {
    private static let question = "GET /a?b HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
      var limits = HTTPLimits()
      limits.time = .seconds(600)
      change(&limits)
      return limits
    }

    @Test func oneQuestionIsAnsweredAndTheConnectionClosed() async throws {
      try await answering(Self.limits { _ in }) { question in
        HTTPAnswer(text: "\(question.method) \(question.path) \(question.body.count)")
      } body: { path in
        for (text, status, body) in [
          (Self.question, "200 OK", "\r\n\r\nGET /a 0"),
          (Self.question + Self.question, "200 OK", "\r\n\r\nGET /a 0"),
          ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "200 OK", "\r\n\r\nPOST / 3"),
          ("HEAD / HTTP/1.1\r\n\r\n", "200 OK", "\r\n\r\n"),
          ("nonsense\r\n\r\n", "400 Bad Request", "\r\n\r\n"),
          (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421 Misdirected Request",
            "as localhost.\n"
          ),
        ] {
          let wire = try Wire(to: path)
          wire.send(text)
          let answer = await wire.receive()
          #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"), "\(text): \(answer)")
          #expect(answer.hasSuffix(body), "\(text): \(answer)")
        }
      }
    }

    @Test func aQuestionHasALimit() async throws {
      try await answering(Self.limits { $0.questionSize = 1000 }) { _ in
        HTTPAnswer(text: "answered")
      } body: { path in
        let header = "A: " + String(repeating: "a", count: 100) + "\r\n"
        for text in [
          "GET / HTTP/1.1\r\n" + String(repeating: header, count: 20),
          "GET /" + String(repeating: "a", count: 2000),
          "POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + String(repeating: "a", count: 5000),
        ] {
          let wire = try Wire(to: path)
          wire.send(text)
          #expect(await !wire.receive().contains("200"))
        }
        let wire = try Wire(to: path)
        wire.send(Self.question)
        #expect(await wire.receive().contains("answered"))
      }
    }

    @Test func whoAsksNothingIsClosed() async throws {
      try await answering(Self.limits { $0.time = .milliseconds(50) }) { _ in
        HTTPAnswer(text: "answered")
      } body: { path in
        let silent = try Wire(to: path)
        let slow = try Wire(to: path)
        slow.send("GET / HT")
        #expect(await silent.receive().isEmpty)
        #expect(await slow.receive().isEmpty)
      }
    }

    @Test func whoTakesNothingIsClosed() async throws {
      let (ended, end) = AsyncStream.makeStream(of: Void.self)
      try await answering(Self.limits { $0.time = .milliseconds(50) }) { _ in
        // More than the buffers of the system hold.
        let event = String(repeating: "large ", count: 1 << 20)
        return HTTPAnswer(
          events: AsyncStream { continuation in
            continuation.onTermination = { _ in end.finish() }
            for _ in 0..<10 { continuation.yield(event) }
          })
      } body: { path in
        let wire = try Wire(to: path)
        wire.send(Self.question)
        for await _ in ended {}
        // It is not sent all.
        #expect(await wire.receive().utf8.count < 40 << 20)
      }
    }

    @Test func connectionsHaveALimit() async throws {
      try await answering(Self.limits { $0.connections = 2 }) { _ in
        HTTPAnswer(events: AsyncStream { $0.yield("first") })
      } body: { path in
        let taken = try [Wire(to: path), Wire(to: path)]
        for wire in taken {
          wire.send(Self.question)
          #expect(await wire.receive { $0.contains("data: first") }.contains("200 OK"))
        }
        let refused = try Wire(to: path)
        refused.send(Self.question)
        #expect(await refused.receive().isEmpty)
        withExtendedLifetime(taken) {}
      }
    }
  }
#endif
