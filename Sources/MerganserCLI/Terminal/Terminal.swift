import Foundation
import MerganserTypes

/// Where a command's output goes.
enum Terminal {
  /// Whether standard output is shown to a person as it comes.
  static let isInteractive = isatty(STDOUT_FILENO) == 1

  /// How many columns a line may have; `nil` if the output goes to a file or a program.
  static let width: Int? = {
    guard isInteractive else { return nil }
    var size = winsize()
    let found = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return found ? Int(size.ws_col) : 80
  }()

  /// Prints a line, cut to the terminal's width if there is one.
  ///
  /// Everything that the command prints comes through here or through ``JSONOutput``: names and values are
  /// a user's, and none of them can drive the terminal or turn round what stands beside it.
  static func print(line: String) {
    let line = line.escaped
    Swift.print(width.map { line.shortened(to: $0) } ?? line)
  }

  /// Prints a line, whole.
  static func say(_ line: String = "") {
    Swift.print(line.escaped)
  }

  /// Prints a line on standard error, with the program's name before it.
  static func note(_ line: String) {
    // Where nobody can read it, the exit status still tells.
    try? FileHandle.standardError.write(
      contentsOf: Data(noted(line).utf8))
  }

  /// The line that ``note(_:)`` prints.
  static func noted(_ line: String) -> String {
    "merganser: \(line.escaped)\n"
  }
}

extension String {
  /// The text with spaces behind it, `width` characters wide or more.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }

  /// The text with spaces before it, `width` characters wide or more.
  func aligned(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - count)) + self
  }

  /// The text as lines of at most `width` characters, broken at spaces; single line breaks in it are
  /// spaces, and runs of spaces stay.
  func wrapped(to width: Int) -> [String] {
    var lines = [""]
    for word in replacing("\n", with: " ").split(separator: " ", omittingEmptySubsequences: false) {
      let last = lines[lines.count - 1]
      if lines.count == 1, last.isEmpty {
        lines[0] = String(word)
      } else if last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// The text, with its end left out where it is longer than `width`.
  func shortened(to width: Int) -> String {
    count > width ? prefix(Swift.max(0, width - 1)) + "…" : self
  }
}
