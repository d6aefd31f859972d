import Dispatch
import Foundation
import Synchronization

/// Whether the user has asked the command to stop, by an interrupt: once, and it finishes what it has;
/// twice, and it ends at once.
final class Interruption {
  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let flag: Flag
  private let source: any DispatchSourceSignal

  /// Interrupts are noted from now on.
  init() {
    let flag = Flag()
    self.flag = flag
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler {
      if flag.isSet.exchange(true, ordering: .relaxed) { exit(130) }
    }
    source.resume()
  }

  /// Whether there has been one.
  var isAsked: Bool { flag.isSet.load(ordering: .relaxed) }
}
