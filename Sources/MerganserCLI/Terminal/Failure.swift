import ArgumentParser
import Foundation
import Merganser
import MerganserLog

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
    } else {
      self.init(Self.describe(error))
    }
  }

  /// Writes the line to standard error.
  func report() { Terminal.note(line) }

  /// What is wrong, in words: errors of the system have none of their own that help.
  private static func describe(_ error: any Error) -> String {
    switch error {
    case StorageError.system(_, let path, let code, _) where code > 0:
      return "\(path): \(SystemReason.text(code))"
    case StorageError.damaged: return "\(error); merganser verify says what to do"
    case StorageError.unusable(let path, _) where !StoreFolders.names(in: path).isEmpty:
      let names = StoreFolders.names(in: path)
      return "\(error); name one of those in it: \(names.prefix(3).joined(separator: ", "))"
        + (names.count > 3 ? ", …" : "")
    case let error as CocoaError:
      let path = error.filePath ?? error.url?.path
      let reason: String
      if let cause = error.underlying as? POSIXError {
        reason = SystemReason.text(cause.code.rawValue)
      } else {
        reason = "the system refused it (\(CocoaError.errorDomain) \(error.code.rawValue))"
      }
      return path.map { "\($0): \(reason)" } ?? reason
    case let error as POSIXError: return SystemReason.text(error.code.rawValue)
    case is DecodingError: return "what another process of the command said cannot be read"
    default: return "\(error)"
    }
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
