#if Network
  import Logging
  import Synchronization
  import Testing

  @testable import MerganserCLI

  /// A log has a line for each message, and no message a thousand times.
  @Suite struct LineLogTests {
    /// What a log writes, at a time that is set.
    private final class Written: Sendable {
      let lines = Mutex<[String]>([])
      let time = Mutex(Duration.zero)

      var logger: Logger {
        Logger(label: "test") { _ in
          LineLog(
            write: { line in self.lines.withLock { $0.append(line) } },
            clock: { self.time.withLock { $0 } })
        }
      }
    }

    @Test func whatOthersSayBeginsNoLine() {
      let written = Written()
      written.logger.warning(
        "refused", metadata: ["peer": "a\n2026 info linked", "reason": "it says \"no\""])
      let lines = written.lines.withLock { $0 }
      #expect(lines.count == 1 && lines[0].filter(\.isNewline).count == 1 && lines[0].last == "\n")
      #expect(lines[0].contains(" warning refused peer=\"a"), "\(lines)")
      #expect(lines[0].contains("reason=\"it says 'no'\""), "\(lines)")
    }

    @Test func aMessageThatComesAgainAndAgainIsCounted() {
      let written = Written()
      let logger = written.logger
      for _ in 0..<1000 { logger.info("linked") }
      logger.info("another")
      #expect(written.lines.withLock { $0.count } == 21)
      written.time.withLock { $0 = .seconds(60) }
      logger.info("linked")
      let lines = written.lines.withLock { $0 }
      #expect(lines.count == 22 && lines.last?.hasSuffix("linked left_out=980\n") == true)
      logger.info("linked")
      #expect(written.lines.withLock { $0.last }?.contains("left_out") == false)
    }
  }
#endif
