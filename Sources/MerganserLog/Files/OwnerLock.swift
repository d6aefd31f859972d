import MerganserModel
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

  /// Takes the lock, or throws ``/MerganserModel/StorageError/inUse(path:)``.
  init(directory: String) throws(StorageError) {
    let path = directory + "/" + Self.name
    let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT)
    try Self.lock(file, kind: LOCK_EX, in: directory)
    // For people only: nothing depends on it, so a failure to write it is no failure to lock.
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(file, 0) == 0 { try? FileSystem.write(text, to: file, path: path) }
    descriptor = Mutex(file)
  }

  /// Sees to it that nobody writes to the store for as long as this is held, or throws
  /// ``/MerganserModel/StorageError/inUse(path:)`` where somebody may; others may do the same.
  ///
  /// Returns `nil` if the folder has no such lock, as nobody has had the store open there.
  init?(readersIn directory: String) throws(StorageError) {
    let path = directory + "/" + Self.name
    guard FileSystem.exists(path) else { return nil }
    let file = try FileSystem.open(path, flags: O_RDONLY)
    try Self.lock(file, kind: LOCK_SH, in: directory)
    descriptor = Mutex(file)
  }

  /// Whether a store has a folder open to write, here or in another process; `nil` if this user may not know.
  static func isHeld(in directory: String) -> Bool? {
    let path = directory + "/" + name
    guard FileSystem.exists(path) else { return false }
    guard let file = try? FileSystem.open(path, flags: O_RDONLY) else { return nil }
    defer { FileSystem.close(file) }
    // Should it be free, it is held for this moment: who wants it just then tries again.
    if flock(file, LOCK_SH | LOCK_NB) == 0 { return false }
    return errno == EWOULDBLOCK ? true : nil
  }

  /// Locks the file, or closes it and throws.
  private static func lock(
    _ file: FileSystem.Descriptor, kind: Int32, in directory: String
  ) throws(StorageError) {
    for attempt in 0..<5 {
      if flock(file, kind | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK else {
        let code = errno
        FileSystem.close(file)
        throw .fromSystem(code, operation: "flock", path: directory + "/" + name)
      }
      // Somebody may only be asking whether it is held.
      if attempt < 4 { usleep(2000) }
    }
    FileSystem.close(file)
    throw .inUse(path: directory)
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
