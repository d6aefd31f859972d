import MerganserModel

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
    case EACCES, EPERM:
      return .unusable(path: path, reason: "this user has not the rights to \(operation) it")
    case EROFS, ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP:
      return .unusable(path: path, reason: SystemReason.text(code))
    default: break
    }
    return .system(
      operation: operation, path: path, code: code, message: SystemReason.text(code))
  }
}

/// What the system's error codes mean, in words that can follow a path.
package enum SystemReason {
  /// The meaning of `code`.
  package static func text(_ code: Int32) -> String {
    switch code {
    case ENOENT: "there is nothing of this name"
    case ENOTDIR: "a part of its path is a file, not a folder"
    case EISDIR: "it is a folder, not a file"
    case EEXIST: "there is something of this name already"
    case EACCES, EPERM: "this user has not the rights to do that"
    case ENOSPC, EDQUOT, EFBIG: "no room is left on its disk"
    case EROFS: "it lies on a disk that can only be read"
    case ENAMETOOLONG: "the path is longer than the system allows"
    case ELOOP: "its symbolic links lead in a circle"
    case EMFILE, ENFILE: "too many files are open"
    case EIO: "its disk failed to read or write"
    case ESPIPE: "it is a pipe, and a file is needed: save it as one first"
    case EPIPE: "the program that reads it has ended"
    case EBADF: "it is closed"
    case EINVAL, ENXIO, ENODEV, EOPNOTSUPP: "it is not of a kind that can be used so"
    default: "the system says \"\(String(cString: strerror(code)))\" (\(code))"
    }
  }
}
