#if Network
  import Foundation
  import MerganserModel

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Files with keys, which nobody but their owner can read at any moment.
  enum PrivateFile {
    /// How many bytes such a file has at most.
    private static let limit = 1 << 20

    /// Writes a file that is not there yet; it has the mode 0600 from the beginning.
    static func write(_ text: String, to location: some FileLocation) throws {
      let path = try location.checkedPath()
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure(at: path) }
      defer { close(descriptor) }
      // What the process masks is taken from the mode; nothing is added to it.
      guard fchmod(descriptor, 0o600) == 0 else { throw failure(at: path) }
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Self.put(descriptor, bytes: $0) }
        guard count > 0 else {
          let error = failure(at: path)
          unlink(path)
          throw error
        }
        rest = rest.dropFirst(count)
      }
      guard fsync(descriptor) == 0 else { throw failure(at: path) }
    }

    private static func put(_ descriptor: Int32, bytes: UnsafeRawBufferPointer) -> Int {
      #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
      #endif
    }

    /// Reads a file that only its owner can read.
    static func read(_ location: some FileLocation) throws -> String {
      let path = try location.checkedPath()
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else { throw failure(at: path) }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      // Asked of what was opened: the name may lead elsewhere by now.
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw failure(at: path) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw NetworkError.invalidKeyFile(path: path, reason: "it is no file")
      }
      let mode = status.st_mode & 0o7777
      guard mode & 0o077 == 0 else {
        throw NetworkError.keyReadableByOthers(path: path, mode: String(mode, radix: 8))
      }
      let data = try file.read(upToCount: limit + 1) ?? Data()
      guard data.count <= limit else {
        throw NetworkError.invalidKeyFile(path: path, reason: "it has more than \(limit) bytes")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw NetworkError.invalidKeyFile(path: path, reason: "it is no text")
      }
      return text
    }

    private static func failure(at path: String) -> NetworkError {
      .invalidKeyFile(path: path, reason: String(cString: strerror(errno)))
    }
  }
#endif
