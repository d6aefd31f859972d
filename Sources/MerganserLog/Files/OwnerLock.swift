import MerganserDatabase
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The lock by which one process, and one store in it, is a folder's only writer.
///
/// It is the system's advisory lock (`flock`) on the file `OWNER`, so it ends with the process,
/// however that ends. The file holds the owner's process id, for people to read.
final class OwnerLock: Sendable {
  static let name = "OWNER"

  private let descriptor: Mutex<FileSystem.Descriptor?>

  /// Takes the lock, or throws ``StorageError/inUse(path:)``.
  init(directory: String) throws(StorageError) {
    let path = directory + "/" + Self.name
    let file = try FileSystem.open(path, O_RDWR | O_CREAT)
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      FileSystem.close(file)
      if code == EWOULDBLOCK { throw .inUse(path: directory) }
      throw .fromSystem(code, operation: "flock", path: path)
    }
    // For people only: nothing depends on it, so a failure to write it is no failure to lock.
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(file, 0) == 0 { try? FileSystem.write(text, to: file, path: path) }
    descriptor = Mutex(file)
  }

  /// Gives the lock up, also for a process that was forked off while it was held.
  func release() {
    descriptor.withLock { file in
      guard let open = file else { return }
      _ = flock(open, LOCK_UN)
      FileSystem.close(open)
      file = nil
    }
  }

  /// Closes this process's copy of the lock and leaves it held elsewhere.
  func abandon() {
    descriptor.withLock { file in
      if let open = file { FileSystem.close(open) }
      file = nil
    }
  }

  deinit { release() }
}
