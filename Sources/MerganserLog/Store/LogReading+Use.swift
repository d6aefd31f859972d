import MerganserDatabase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LogReading {
  /// Who has the store open to be written now, as far as this can be told.
  public enum Writer: Sendable, Hashable {
    /// Nobody has.
    case nobody
    /// A process has: the one of this id, where it has told it.
    case process(Int32?)
    /// This user may not ask.
    case unknown
  }

  /// Who has the store open to be written now.
  ///
  /// The system tells it, by the lock that every writer holds: a writer that was killed has it no more.
  /// The lock is tried for an instant, in which the store cannot be opened.
  public var writer: Writer {
    let owner = path + "/" + OwnerLock.name
    guard FileSystem.exists(owner) else { return .nobody }
    guard let file = try? FileSystem.open(owner, flags: O_RDONLY) else { return .unknown }
    defer { FileSystem.close(file) }
    if flock(file, LOCK_SH | LOCK_NB) == 0 {
      _ = flock(file, LOCK_UN)
      return .nobody
    }
    guard errno == EWOULDBLOCK else { return .unknown }
    let bytes = (try? FileSystem.read(file, path: owner, count: 32, from: 0)) ?? []
    let text = String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }
    return .process(Int32(text))
  }
}
