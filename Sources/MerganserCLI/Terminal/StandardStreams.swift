import Foundation
import MerganserLog

/// The three streams that every process is started with, or without.
enum StandardStreams {
  /// Occupies those that are closed.
  ///
  /// Otherwise the next file that is opened, of a store too, would have the stream's number, and what is printed
  /// would be written to it. What takes the place refuses to be read or written, as a closed stream does.
  static func occupy() {
    let refusing = [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ]
    for (stream, mode) in refusing where fcntl(stream, F_GETFD) < 0 && errno == EBADF {
      // The lowest number that is free is this one's, as those below it are occupied.
      _ = open("/dev/null", mode)
    }
  }

  /// Writes out what was printed.
  static func flush() throws {
    guard fflush(nil) == 0 else { throw Failure("standard output: \(SystemReason.text(errno))") }
  }
}
