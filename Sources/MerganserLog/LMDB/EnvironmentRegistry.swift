import MerganserModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The environments that this process has open, by the files that they are.
///
/// LMDB guards its lock file with locks that the system keeps per process and file: opened a second
/// time in one process, and closed, it would silently take the first one's locks away. So a file is
/// opened once, and shared, and closed when its last user is done.
enum EnvironmentRegistry {
  private struct Entry {
    let environment: Environment
    /// How many use it; 0 for one that is being closed.
    var users: Int
  }

  private static let entries = Mutex<[FileSystem.Place: Entry]>([:])

  /// The environment of the data file at `path`, opened if it is not open yet.
  static func acquire(
    path: String, options: Environment.Options
  ) throws(StorageError) -> Environment {
    while true {
      let found: Environment? = try entries.withLock { entries throws(StorageError) in
        let place = try FileSystem.place(of: path)
        if var entry = entries[place], entry.environment.isOfThisProcess {
          if entry.users == 0 { return nil }
          entry.users += 1
          entries[place] = entry
          return entry.environment
        }
        // An entry of the process that this one was forked off from is of no use here.
        let environment = try Environment(path: path, place: place, options: options)
        entries[place] = Entry(environment: environment, users: 1)
        return environment
      }
      if let found { return found }
      // Nobody may open the file while it is being closed.
      usleep(100)
    }
  }

  /// Gives up one use of an environment, and closes it after the last.
  static func release(_ environment: Environment) {
    let place = environment.place
    let isLast = entries.withLock { entries in
      guard var entry = entries[place], entry.environment === environment, entry.users > 0 else {
        return false
      }
      entry.users -= 1
      entries[place] = entry
      return entry.users == 0
    }
    guard isLast else { return }
    // Without the lock: who still reads from it, and is waited for, may need other environments to come to an end.
    environment.close()
    entries.withLock { entries in
      if entries[place]?.environment === environment { entries[place] = nil }
    }
  }
}
