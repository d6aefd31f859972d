#if Network
  import Logging
  import Synchronization

  /// What is logged of strangers: each kind of failure once a minute, however many there are.
  final class Notices: Sendable {
    private struct Told {
      var time: ContinuousClock.Instant
      var untold = 0
    }

    /// How long nothing more is logged of a kind.
    private static let pause = Duration.seconds(60)

    let logger: Logger
    private let told = Mutex<[String: Told]>([:])

    /// Notices in a log; in none, where there is none.
    init(_ logger: Logger?) {
      self.logger = logger ?? Logger(label: "merganser") { _ in SwiftLogNoOpLogHandler() }
    }

    /// Logs a failure, unless one of its kind was logged a while ago.
    func warn(_ message: Logger.Message, as error: any Error, of address: String) {
      // An enumeration's cases are kinds; there are few.
      let kind = "\(type(of: error)) \(Mirror(reflecting: error).children.first?.label ?? "")"
      let untold: Int? = told.withLock { told in
        if let last = told[kind], ContinuousClock.now - last.time < Self.pause {
          told[kind]?.untold += 1
          return nil
        }
        defer { told[kind] = Told(time: .now) }
        return told[kind]?.untold ?? 0
      }
      guard let untold else { return }
      logger.warning(
        message,
        metadata: ["peer": "\(address)", "error": "\(error)", "untold": "\(untold)"])
    }
  }
#endif
