import ArgumentParser
import Foundation

/// Why a command ends without having done what it was asked: one line for a person, and an exit status.
///
/// Commands throw this for what they find themselves, and let what the library throws pass:
/// ``init(of:in:)`` makes a line of that too.
struct Failure: Error, Hashable {
  /// One line, without the program's name.
  let line: String
  /// The exit status.
  var status: Int32 = EXIT_FAILURE

  /// The failure that `line` describes.
  init(_ line: String, status: Int32 = EXIT_FAILURE) {
    self.line = Self.oneLine(line)
    self.status = status
  }

  /// The failure that `error`, thrown by the command or by reading its arguments, comes to; nothing
  /// if it only ends the command, as a request for help does.
  init?(of error: any Error, in command: (some ParsableArguments).Type) {
    if let failure = error as? Failure {
      self = failure
      return
    }
    let code = command.exitCode(for: error)
    if code.isSuccess || error is ExitCode { return nil }
    if code == .validationFailure {
      let message = command.message(for: error)
      self.init("\(message.isEmpty ? "wrong arguments" : message) (--help tells more)", status: 64)
    } else if let system = error as? CocoaError {
      self.init(Self.describe(system))
    } else {
      self.init("\(error)")
    }
  }

  /// Writes the line to standard error.
  func report() {
    FileHandle.standardError.write(Data("merganser: \(line)\n".utf8))
  }

  private static func describe(_ error: CocoaError) -> String {
    let path = error.filePath ?? error.url?.path
    let reason =
      switch error.code {
      case .fileNoSuchFile, .fileReadNoSuchFile: "there is nothing of this name"
      case .fileReadNoPermission, .fileWriteNoPermission: "this user has not the rights to do that"
      case .fileWriteOutOfSpace: "no room is left on its disk"
      case .fileWriteVolumeReadOnly: "it lies on a disk that can only be read"
      default: error.localizedDescription
      }
    return path.map { "\($0): \(reason)" } ?? reason
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
