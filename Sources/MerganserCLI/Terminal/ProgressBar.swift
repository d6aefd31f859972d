import Foundation
import Synchronization

/// How far something long has come: a bar that grows in place on a terminal, and one line elsewhere.
final class ProgressBar: Sendable {
  private let total: Int
  private let noun: String
  private let one: String
  private let indent: String
  private let done = Mutex(0)

  /// A bar for `total` things, which `noun` names in the plural, and `one` if there is one.
  init(total: Int, of noun: String, one: String? = nil, indent: Int = 0) {
    self.total = total
    self.noun = noun
    self.one = one ?? noun
    self.indent = String(repeating: " ", count: indent)
    draw(0)
  }

  /// Notes that `count` more are done.
  func advance(by count: Int = 1) {
    let now = done.withLock { done in
      done += count
      return done
    }
    // A hundredth more is as much as one can see.
    if now * 100 / max(total, 1) != (now - count) * 100 / max(total, 1) { draw(now) }
  }

  /// Notes that `count` are done in all.
  func reach(_ count: Int) { advance(by: max(0, count - done.withLock { $0 })) }

  /// Takes the bar away again.
  func clear() {
    guard Terminal.isInteractive else { return }
    print("\r\u{1B}[K", terminator: "")
    fflush(nil)
  }

  /// Leaves the bar as it is, and goes on below it.
  func finish() {
    let now = done.withLock { $0 }
    if Terminal.isInteractive { draw(now) }
    print(Terminal.isInteractive ? "" : "\(indent)\(count(now))")
  }

  private func count(_ number: Int) -> String { "\(number) \(number == 1 ? one : noun)" }

  private func draw(_ now: Int) {
    guard Terminal.isInteractive else { return }
    let text = " \("\(now)".aligned(to: "\(total)".count)) of \(count(total))"
    let width = min(Terminal.width ?? 80, 80) - indent.count - text.count - 1
    guard width > 4 else { return }
    let filled = min(width, now * width / max(total, 1))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    print("\r\(indent)\(bar)\(text)", terminator: "")
    fflush(nil)
  }
}
