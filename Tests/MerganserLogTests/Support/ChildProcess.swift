import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `LogWorkload` in a process of its own.
struct ChildProcess {
  /// How a process ended.
  enum End: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  let id: pid_t
  private let output: Int32
  private let input: Int32

  // One at a time: a child must not inherit the pipes of another that is just being started.
  private static let starting = Mutex(())

  /// Starts `LogWorkload` with the given arguments.
  init(_ arguments: [String]) throws {
    self = try Self.starting.withLock { _ in try ChildProcess(alone: arguments) }
  }

  private init(alone arguments: [String]) throws {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw Failure("pipe: \(errno)") }
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    // What LMDB says before it aborts is of no interest here.
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = ([Self.executable] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    let code = posix_spawn(&id, Self.executable, &actions, nil, &words, environ)
    close(toChild[0])
    close(fromChild[1])
    guard code == 0 else {
      close(toChild[1])
      close(fromChild[0])
      throw Failure("spawn \(Self.executable): \(code)")
    }
    self.id = id
    input = toChild[1]
    output = fromChild[0]
  }

  /// The executable, which is built into the folder of the tests' own.
  private static let executable: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/LogWorkload"
  }()

  func end() { _ = kill(id, SIGKILL) }

  /// Waits until the child has printed something, and returns it.
  func readSome() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(output, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  /// Ends the child's input, and waits for its end: what it printed, and how it ended.
  func finish() -> (output: String, end: End) {
    close(input)
    var text = ""
    while true {
      let some = readSome()
      if some.isEmpty { break }
      text += some
    }
    close(output)
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return (text, signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal))
  }

  /// Runs `LogWorkload` to its end.
  static func run(_ arguments: String...) throws -> (output: String, end: End) {
    try ChildProcess(arguments).finish()
  }
}
