import MerganserDatabase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension StorageError {
  /// What the system's error code means for whoever asked for `operation` on `path`.
  ///
  /// A disk that fills up shows as `ENOSPC`, or as a short write that LMDB reports as `EIO`: which of
  /// the two it was, the free space tells.
  static func fromSystem(_ code: Int32, operation: String, path: String) -> StorageError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: return .diskFull(path: path)
    case EIO:
      let free =
        FileSystem.freeSpace(at: path)
        ?? FileSystem.freeSpace(
          at: FileSystem.parentDirectory(of: path))
      if let free, free < 1 << 20 { return .diskFull(path: path) }
    case EROFS:
      return .unusable(path: path, reason: "it lies on a disk that can only be read")
    case EACCES, EPERM:
      return .unusable(path: path, reason: "this user has not the rights to \(operation) it")
    case ENOENT:
      return .unusable(path: path, reason: "there is nothing of this name")
    case ENOTDIR:
      return .unusable(path: path, reason: "a part of its path is a file, not a folder")
    case ENAMETOOLONG:
      return .unusable(path: path, reason: "the path is longer than the system allows")
    default: break
    }
    return .system(
      operation: operation, path: path, code: code, message: String(cString: strerror(code)))
  }
}
