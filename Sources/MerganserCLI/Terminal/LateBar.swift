import Synchronization

/// A bar for what may take longer than a second: it appears then, if a person looks on.
final class LateBar: Sendable {
  private let noun: String
  private let unit: Int
  private let start = ContinuousClock.now
  private let bar = Mutex<ProgressBar?>(nil)

  /// A bar of things that `noun` names in the plural, each of them `unit` of what is counted.
  init(of noun: String, unit: Int = 1) {
    self.noun = noun
    self.unit = unit
  }

  /// Notes that `count` of `all` are done.
  func reach(_ count: Int, of all: Int) {
    guard Terminal.isInteractive else { return }
    bar.withLock { bar in
      if bar == nil, count < all, ContinuousClock.now - start > .seconds(1) {
        bar = ProgressBar(total: max(1, all / unit), of: noun)
      }
      bar?.reach(count / unit)
    }
  }

  /// Leaves the bar as it is, if there is one, and goes on below it.
  func finish() { bar.withLock { $0.take() }?.finish() }
}
