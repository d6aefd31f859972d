import MerganserConfluence

/// Shows how far searches have come that take longer than a second, and stops them when asked to.
final class SearchDisplay {
  private let total: Int
  private let interruption: Interruption
  private let start = ContinuousClock.now
  private var bar: ProgressBar?
  private var last = 0

  /// A display of searches of at most `total` configurations each.
  init(of total: Int, stoppedBy interruption: Interruption) {
    self.total = total
    self.interruption = interruption
  }

  /// Takes note of a search's progress; false if it is to stop.
  func show(_ progress: Progress) -> Bool {
    if progress.configurations < last {
      bar?.clear()
      bar = nil
    }
    last = progress.configurations
    if bar == nil, Terminal.isInteractive, seconds > 1 {
      bar = ProgressBar(total: total, of: "configurations", one: "configuration", indent: 2)
    }
    bar?.reach(progress.configurations)
    return !interruption.isAsked
  }

  /// Takes the display away; returns how many seconds passed since its beginning.
  func finish() -> Double {
    bar?.clear()
    return seconds
  }

  private var seconds: Double {
    let (whole, parts) = (ContinuousClock.now - start).components
    return Double(whole) + Double(parts) / 1e18
  }
}
