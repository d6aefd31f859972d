import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few file operations that a store needs around LMDB, each a call that succeeds or says why not.
enum FileSystem {
  /// An open file; closed by whoever opened it.
  typealias Descriptor = Int32

  static func open(
    _ path: String, flags: Int32, mode: mode_t = 0o644
  ) throws(StorageError) -> Descriptor {
    while true {
      let descriptor = openFile(path, flags: flags | O_CLOEXEC, mode: mode)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw .fromSystem(errno, operation: "open", path: path) }
    }
  }

  static func close(_ descriptor: Descriptor) {
    _ = closeFile(descriptor)
  }

  static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Whether there is something of this name, and it is no folder.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// Which file a path leads to, whatever the path looks like.
  struct Place: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
  }

  static func place(of path: String) throws(StorageError) -> Place {
    let status = try status(of: path)
    return Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  static func status(of path: String) throws(StorageError) -> stat {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .fromSystem(errno, operation: "stat", path: path)
    }
    return status
  }

  /// How many bytes an open file has.
  static func size(of descriptor: Descriptor, path: String) throws(StorageError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .fromSystem(errno, operation: "fstat", path: path)
    }
    return Int(status.st_size)
  }

  /// Reads a file of at most `limit` bytes; `nil` if there is none.
  static func contents(
    of path: String, limit: Int
  ) throws(StorageError) -> [UInt8]? {
    let descriptor = openFile(path, flags: O_RDONLY | O_CLOEXEC, mode: 0)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .fromSystem(errno, operation: "open", path: path)
    }
    defer { close(descriptor) }
    return try read(descriptor, path: path, count: limit, from: 0)
  }

  /// Reads up to `count` bytes at `offset`; fewer only where the file ends.
  static func read(
    _ descriptor: Descriptor, path: String, count: Int, from offset: Int
  ) throws(StorageError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if failure != 0 { throw .fromSystem(failure, operation: "read", path: path) }
    return bytes
  }

  static func write(
    _ bytes: [UInt8], to descriptor: Descriptor, path: String
  ) throws(StorageError) {
    var written = 0
    while written < bytes.count {
      let result = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
          off_t(written))
      }
      if result > 0 {
        written += result
      } else if result == 0 {
        throw .diskFull(path: path)
      } else if errno != EINTR {
        throw .fromSystem(errno, operation: "write", path: path)
      }
    }
  }

  static func synchronize(_ descriptor: Descriptor, path: String) throws(StorageError) {
    while fsync(descriptor) != 0 {
      if errno != EINTR { throw .fromSystem(errno, operation: "fsync", path: path) }
    }
  }

  /// Makes the names in a directory durable.
  static func synchronizeDirectory(_ path: String) throws(StorageError) {
    let descriptor = try open(path, flags: O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    try synchronize(descriptor, path: path)
  }

  /// Gives a file new contents such that a crash leaves the old ones or the new ones.
  static func replace(
    _ name: String, in directory: String, with bytes: [UInt8]
  ) throws(StorageError) {
    _ = try prepare(name, in: directory, with: bytes)
    try replace(name, in: directory)
  }

  /// Writes what is to replace a file, and returns which file that is.
  static func prepare(
    _ name: String, in directory: String, with bytes: [UInt8]
  ) throws(StorageError) -> FileBirth {
    let temporary = directory + "/" + name + ".new"
    let descriptor = try open(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC)
    defer { close(descriptor) }
    try write(bytes, to: descriptor, path: temporary)
    try synchronize(descriptor, path: temporary)
    return try FileBirth(descriptor, path: temporary)
  }

  /// Puts what was prepared in a file's place.
  static func replace(_ name: String, in directory: String) throws(StorageError) {
    let path = directory + "/" + name
    guard rename(path + ".new", path) == 0 else {
      throw .fromSystem(errno, operation: "rename", path: path + ".new")
    }
    try synchronizeDirectory(directory)
  }

  /// Creates a directory and those above it that are missing, and makes their names durable.
  static func createDirectory(_ path: String) throws(StorageError) {
    if exists(path) { return }
    let parent = parentDirectory(of: path)
    if parent != path { try createDirectory(parent) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw .fromSystem(errno, operation: "mkdir", path: path)
    }
    try synchronizeDirectory(parent)
  }

  static func parentDirectory(of path: String) -> String {
    var parts = path.split(separator: "/", omittingEmptySubsequences: true)
    _ = parts.popLast()
    let joined = parts.joined(separator: "/")
    return path.hasPrefix("/") ? "/" + joined : (joined.isEmpty ? "." : joined)
  }

  static func remove(_ path: String) {
    _ = unlink(path)
  }

  /// The names in a directory, but for itself and the one above.
  static func names(in directory: String) throws(StorageError) -> [String] {
    guard let handle = opendir(directory) else {
      throw .fromSystem(errno, operation: "opendir", path: directory)
    }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// How many bytes may still be written where `path` is; `nil` if the system does not say.
  static func freeSpace(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
  }

  // The system's names, which the functions above would otherwise hide.
  private static func openFile(_ path: String, flags: Int32, mode: mode_t) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, flags, mode)
    #elseif canImport(Musl)
      Musl.open(path, flags, mode)
    #else
      Darwin.open(path, flags, mode)
    #endif
  }

  private static func closeFile(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
      Glibc.close(descriptor)
    #elseif canImport(Musl)
      Musl.close(descriptor)
    #else
      Darwin.close(descriptor)
    #endif
  }
}
