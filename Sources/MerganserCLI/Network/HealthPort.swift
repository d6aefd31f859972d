#if Network
  import MerganserNetwork
  import Synchronization

  /// What a relay answers by HTTP.
  struct HealthPort: Sendable {
    /// How many look at the live page at a time, at most.
    static let viewers = 16

    let relay: Relay
    private let watching = Watching()

    init(of relay: Relay) { self.relay = relay }

    /// The server at an address, which does not run.
    func server(at address: NetworkAddress) -> HTTPServer {
      HTTPServer(at: address) { answer($0) }
    }

    private func answer(_ question: HTTPQuestion) -> HTTPAnswer {
      guard ["GET", "HEAD"].contains(question.method) else {
        return HTTPAnswer(405, text: "Only GET is answered.\n")
      }
      switch question.path {
      case "/": return HTTPAnswer(text: LivePage.html, type: "text/html; charset=utf-8")
      case "/health":
        let trouble = relay.status.trouble
        return HTTPAnswer(trouble == nil ? 200 : 503, text: "\(trouble ?? "well")\n")
      case "/metrics":
        return HTTPAnswer(
          text: relay.status.metrics, type: "text/plain; version=0.0.4; charset=utf-8")
      case "/status":
        guard let text = try? JSONOutput.text(relay.status) else {
          return HTTPAnswer(500, text: "It cannot be told.\n")
        }
        return HTTPAnswer(text: text + "\n", type: "application/json")
      case "/events":
        guard let events = watching.events(of: relay) else {
          return HTTPAnswer(503, text: "\(Self.viewers) look at it already.\n")
        }
        return HTTPAnswer(events: events)
      default:
        return HTTPAnswer(404, text: "There are /, /health, /metrics and /status.\n")
      }
    }
  }

  /// Those who look at the live page.
  private final class Watching: Sendable {
    private let count = Atomic(0)

    /// How the relay is, as JSON, each second; `nil` if too many ask.
    func events(of relay: Relay) -> AsyncStream<String>? {
      guard count.add(1, ordering: .relaxed).newValue <= HealthPort.viewers else {
        count.subtract(1, ordering: .relaxed)
        return nil
      }
      return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let task = Task {
          for await status in relay.statuses {
            if let text = try? JSONOutput.text(status) { continuation.yield(text) }
          }
          continuation.finish()
        }
        continuation.onTermination = { _ in
          task.cancel()
          self.count.subtract(1, ordering: .relaxed)
        }
      }
    }
  }

  extension NetworkAddress {
    /// Reads where a health port is: as other addresses, or as a browser has it.
    init(ofHealthPort text: String) throws(NetworkError) {
      let scheme = "http://"
      guard text.hasPrefix(scheme) else {
        try self.init(text)
        return
      }
      let place = text.dropFirst(scheme.count)
      try self.init("tcp://" + (place.hasSuffix("/") ? place.dropLast() : place))
    }

    /// The address as a browser has it.
    var asHealthPort: String {
      if case .tcp = self {
        description.replacing("tcp://", with: "http://", maxReplacements: 1)
      } else {
        description
      }
    }
  }
#endif
