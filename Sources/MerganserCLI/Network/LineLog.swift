#if Network
  import Foundation
  import Logging
  import MerganserTypes
  import Synchronization

  /// A log on standard error: a line for each message, and no message a thousand times.
  struct LineLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let lines: Lines

    /// A log that writes by `write`; `clock` tells how long ago it began.
    init(
      write: @escaping @Sendable (String) -> Void,
      clock: @escaping @Sendable () -> Duration = LineLog.time
    ) {
      lines = Lines(write: write, clock: clock)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let values = metadata.merging(event.metadata ?? [:]) { $1 }
        .filter { $0.key != "untold" || "\($0.value)" != "0" }
        .sorted { $0.key < $1.key }
        .map { " \($0.key)=\("\($0.value)".quoted)" }
      lines.tell("\(event.message)", level: event.level, values: values.joined())
    }

    /// How long the process has run, about.
    static let time: @Sendable () -> Duration = {
      let start = ContinuousClock.now
      return { ContinuousClock.now - start }
    }()

    /// A logger that writes on standard error.
    static func logger() -> Logger {
      Logger(label: "merganser") { _ in
        LineLog(write: { line in
          try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        })
      }
    }
  }

  /// The lines of a log: of each message so many a minute, and then how many there were more.
  private final class Lines: Sendable {
    /// Of one message in one minute.
    private struct Told {
      var since: Duration
      var count = 0
    }

    /// How many lines of one message there are in a minute.
    private static let limit = 20
    private static let period = Duration.seconds(60)

    private let write: @Sendable (String) -> Void
    private let clock: @Sendable () -> Duration
    private let told = Mutex<[String: Told]>([:])

    init(write: @escaping @Sendable (String) -> Void, clock: @escaping @Sendable () -> Duration) {
      self.write = write
      self.clock = clock
    }

    func tell(_ message: String, level: Logger.Level, values: String) {
      let now = clock()
      // There are as many messages as the program's text has.
      let untold: Int? = told.withLock { told in
        var last = told[message] ?? Told(since: now)
        defer { told[message] = last }
        var more = 0
        if now - last.since >= Self.period {
          more = max(0, last.count - Self.limit)
          last = Told(since: now)
        }
        last.count += 1
        return last.count <= Self.limit ? more : nil
      }
      guard let untold else { return }
      let more = untold > 0 ? " left_out=\(untold)" : ""
      write("\(Date.now.formatted(.iso8601)) \(level) \(message)\(values)\(more)\n")
    }
  }

  extension String {
    /// The text as the value of a line: in quotes where it has spaces, and without anything that could begin a line.
    fileprivate var quoted: String {
      let text = escaped
      guard text.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else { return text }
      return "\"" + text.replacing("\"", with: "'") + "\""
    }
  }
#endif
