#if Network
  /// What somebody has asked by HTTP.
  package struct HTTPQuestion: Sendable {
    package let method: String
    /// The path, without what stands behind a question mark.
    package let path: String
    package let body: [UInt8]

    package init(method: String, path: String, body: [UInt8]) {
      self.method = method
      self.path = path
      self.body = body
    }
  }

  /// What is answered by HTTP.
  package struct HTTPAnswer: Sendable {
    /// What an answer has.
    package enum Content: Sendable {
      case bytes([UInt8])
      /// Server-sent events: each text is one, as long as the other side stays.
      case events(AsyncStream<String>)
    }

    package let status: Int
    package let type: String
    package let content: Content

    /// The answer that is a text.
    package init(_ status: Int = 200, text: String, type: String = "text/plain; charset=utf-8") {
      self.status = status
      self.type = type
      content = .bytes(Array(text.utf8))
    }

    /// The answer that goes on.
    package init(events: AsyncStream<String>) {
      status = 200
      type = "text/event-stream"
      content = .events(events)
    }
  }

  /// How much is taken of those who ask by HTTP.
  package struct HTTPLimits: Sendable {
    /// How many connections there are at most.
    package var connections = 64
    /// How many bytes a question has at most, with its head.
    package var questionSize = 1 << 14
    /// How long asking may take, and taking an answer, or an event of it.
    package var time = Duration.seconds(10)

    package init() {}
  }
#endif
