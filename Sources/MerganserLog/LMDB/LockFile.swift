import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// LMDB's lock, the file beside a data file in which it keeps its readers.
///
/// LMDB makes it without taking disk for it, maps it, and writes to it: on a full disk that would be a
/// SIGBUS, in every process that opens the store. So room is made for it first.
enum LockFile {
  static func path(for dataFile: String) -> String { dataFile + "-lock" }

  /// Whether this user may take part in it, as a reader or a writer.
  static func isWritable(for dataFile: String) -> Bool {
    let path = path(for: dataFile)
    let target = FileSystem.exists(path) ? path : FileSystem.parentDirectory(of: path)
    return access(dataFile, W_OK) == 0 && access(target, W_OK) == 0
  }

  /// Sees to it that the lock beside a data file has disk for as many readers, and makes it if it is not
  /// there.
  ///
  /// The data file must not be open in this process, whose locks on it would be lost.
  ///
  /// - Throws: ``/MerganserModel/StorageError/diskFull(path:)``; a lock that was made here is gone then.
  static func reserve(for dataFile: String, readers: UInt32) throws(StorageError) {
    let path = path(for: dataFile)
    let isNew = !FileSystem.exists(path)
    let file = try FileSystem.open(path, flags: O_RDWR | O_CREAT)
    defer { FileSystem.close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw .fromSystem(errno, operation: "fstat", path: path)
    }
    // A line of the processor's cache for each reader, and two besides.
    let size = (Int(readers) + 2) * 64
    // Others that have it open have mapped so much of it: it may grow for nobody but the first.
    let needed = isUnused(file) ? max(size, Int(status.st_size)) : Int(status.st_size)
    if Int(status.st_size) == needed, Int(status.st_blocks) * 512 >= needed { return }
    let code = allocate(file, size: needed)
    // A disk that cannot take room beforehand is believed to have it.
    guard code == ENOSPC || code == EDQUOT || code == EIO else { return }
    if isNew { FileSystem.remove(path) }
    throw .fromSystem(code, operation: "take room for", path: path)
  }

  /// Whether nobody has the data file open, until the descriptor is closed: LMDB holds this lock as long as
  /// it has.
  private static func isUnused(_ file: FileSystem.Descriptor) -> Bool {
    var first = flock()
    first.l_type = Int16(F_WRLCK)
    first.l_whence = Int16(SEEK_SET)
    first.l_start = 0
    first.l_len = 1
    return fcntl(file, F_SETLK, &first) == 0
  }

  /// Takes disk for the first `size` bytes of a file, and returns the system's error code.
  private static func allocate(_ file: FileSystem.Descriptor, size: Int) -> Int32 {
    #if canImport(Darwin)
      var store = fstore_t(
        fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0,
        fst_length: off_t(size), fst_bytesalloc: 0)
      guard fcntl(file, F_PREALLOCATE, &store) != -1 else { return errno }
      return ftruncate(file, off_t(size)) == 0 ? 0 : errno
    #else
      while true {
        let code = posix_fallocate(file, 0, off_t(size))
        if code != EINTR { return code }
      }
    #endif
  }
}
