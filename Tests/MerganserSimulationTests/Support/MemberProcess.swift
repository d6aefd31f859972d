#if os(Linux)
  import Foundation

  /// `OrderWorkload` in a process of its own, which is told what to do by lines, and tells what came of it.
  final class MemberProcess: Sendable {
    private let id: pid_t
    /// Its input and output.
    private let socket: Int32

    /// Starts it; `tell` is told each line that it prints, and `nil` when it has come to its end.
    init(_ arguments: [String], telling tell: @escaping @Sendable (String?) -> Void) throws {
      var ends: [Int32] = [0, 0]
      // No other process that is started meanwhile has these, or its end would not be seen.
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failed(what: "socketpair") }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      var words = ([Self.executable] + arguments).map { strdup($0) } + [nil]
      defer { for word in words { free(word) } }
      var id: pid_t = 0
      let code = posix_spawn(&id, Self.executable, &actions, nil, &words, environ)
      close(ends[1])
      guard code == 0 else {
        close(ends[0])
        throw Failed(what: "spawn \(Self.executable): \(code)")
      }
      self.id = id
      socket = ends[0]
      Thread.detachNewThread { [socket] in
        Self.listen(to: socket, telling: tell)
        tell(nil)
      }
    }

    struct Failed: Error { let what: String }

    private static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "OrderWorkload").path

    private static func listen(to end: Int32, telling tell: (String) -> Void) {
      var rest: [UInt8] = []
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(end, &bytes, bytes.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest += bytes.prefix(count)
        while let newline = rest.firstIndex(of: 10) {
          tell(String(decoding: rest[..<newline], as: UTF8.self))
          rest.removeSubrange(...newline)
        }
      }
    }

    /// Tells it a line; one that has ended is not told.
    func tell(_ line: String) {
      var bytes = Array((line + "\n").utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes {
          send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
      }
    }

    /// Ends it where it stands.
    func end() { _ = kill(id, SIGKILL) }

    /// How it ended, once it has: the status of its exit, or `nil` if a signal ended it.
    func status() -> Int32? {
      var status: Int32 = 0
      while waitpid(id, &status, 0) < 0, errno == EINTR {}
      close(socket)
      return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
  }
#endif
