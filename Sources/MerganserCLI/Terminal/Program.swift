import Foundation

/// What the program is.
enum Program {
  /// Its version, which stands here, and nowhere else.
  static let version = "0.1.0"

  /// What made a page: the version, when, and by which command.
  static func origin(at date: Date = Date()) -> String {
    let command = ["merganser"] + CommandLine.arguments.dropFirst()
    return """
      Made by merganser \(version) on \(date.formatted(.iso8601)), by: \
      \(command.joined(separator: " "))
      """
  }
}
