import Dispatch
import Foundation
import Synchronization

/// Whether the user has asked the command to stop, by a signal: once, and it finishes what it has; twice, and it ends at
/// once.
final class Interruption {
  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let flag = Flag()
  private var sources: [any DispatchSourceSignal] = []

  /// Signals are noted from now on.
  ///
  /// - Parameters:
  ///   - signals: by which the command is asked to stop.
  ///   - first: what is done at the first of them.
  init(by signals: [Int32] = [SIGINT], first: @escaping @Sendable () -> Void = {}) {
    for number in signals {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [flag] in
        if flag.isSet.exchange(true, ordering: .relaxed) { exit(128 + number) }
        first()
      }
      source.resume()
      sources.append(source)
    }
  }

  /// Whether there has been one.
  var isAsked: Bool { flag.isSet.load(ordering: .relaxed) }
}
