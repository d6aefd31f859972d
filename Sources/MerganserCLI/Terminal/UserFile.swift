import Foundation
import MerganserLog

/// Files and folders that a user names.
enum UserFile {
  /// The name by which a user names standard input.
  static let standardInput = "-"

  /// How a file is called in messages.
  static func name(_ path: String) -> String { path == standardInput ? "standard input" : path }

  /// Reads a whole file of at most `limit` bytes, or a pipe, or standard input where `path` is `-`.
  static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let isInput = path == standardInput
    let file = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system(path: name(path), code: errno) }
    defer { if !isInput { close(file) } }
    var status = stat()
    if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw .system(path: name(path), code: EISDIR)
    }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = buffer.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress, $0.count) }
      if count == 0 { return contents }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(path: name(path), code: errno)
      }
      guard contents.count + count <= limit else { throw .tooLarge(path: name(path), limit: limit) }
      contents += buffer[..<count]
    }
  }

  /// Writes a file so that its old contents or the new ones are there, whatever happens.
  ///
  /// What is no file of a disk, as a pipe, is written to as it is.
  static func write(_ text: String, to path: String) throws(FileError) {
    var status = stat()
    let isThere = stat(path, &status) == 0
    if isThere, status.st_mode & S_IFMT == S_IFDIR { throw .system(path: path, code: EISDIR) }
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      return try put(text, in: path, flags: O_WRONLY, for: path)
    }
    try requireFolder(of: path)
    let partial = PartialName.make(beside: path)
    do throws(FileError) {
      try put(text, in: partial, flags: O_WRONLY | O_CREAT | O_EXCL, for: path)
      try rename(partial, to: path)
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Makes a folder, if it is not there; the folder that it is in has to be.
  static func makeFolder(_ path: String) throws(FileError) {
    if isFolder(path) { return }
    try requireRoom(forFolder: path)
    guard mkdir(path, 0o755) == 0 else { throw .system(path: path, code: errno) }
  }

  /// Makes a folder, and those that it is in.
  static func makeFolders(_ path: String) throws(FileError) {
    if isFolder(path) { return }
    let parent = folder(of: path)
    if parent != path { try makeFolders(parent) }
    try makeFolder(path)
  }

  /// Gives a file or a folder its name, and makes that durable; a folder takes the place of an empty one.
  static func rename(_ path: String, to name: String) throws(FileError) {
    guard Foundation.rename(path, name) == 0 else {
      throw .system(path: name, code: errno == ENOTEMPTY ? EEXIST : errno)
    }
    let folder = open(Self.folder(of: name), O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw .system(path: name, code: errno) }
  }

  /// Refuses a name for a new folder that something has, other than an empty folder, or that stands in a
  /// folder which does not exist.
  static func requireRoom(forFolder path: String) throws(FileError) {
    try requireFolder(of: path)
    var status = stat()
    guard lstat(LogStore.trimmed(path), &status) == 0 else { return }
    let names = isFolder(path) ? try? FileManager.default.contentsOfDirectory(atPath: path) : nil
    guard names?.isEmpty == true else { throw .system(path: path, code: EEXIST) }
  }

  /// Refuses a name for a new file that something has, other than a pipe or a device, or that stands in a folder
  /// which does not exist.
  static func requireNew(_ path: String) throws(FileError) {
    try requireFolder(of: path)
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let isDisk = stat(path, &status) != 0 || [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    if isDisk { throw .system(path: path, code: EEXIST) }
  }

  /// Refuses a name for a file, new or not, that a folder has, or that stands in a folder which does not exist.
  static func requireRoom(forFile path: String) throws(FileError) {
    try requireFolder(of: path)
    if isFolder(path) { throw .system(path: path, code: EISDIR) }
  }

  /// Refuses a name in a folder that does not exist: it is more likely mistyped than wanted.
  static func requireFolder(of path: String) throws(FileError) {
    let folder = Self.folder(of: path)
    guard isFolder(folder) else { throw .noFolder(folder, of: path) }
  }

  /// The folder in which something of this name is.
  static func folder(of path: String) -> String {
    let name = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
    let rest = name.drop { $0 != UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "/") }
    if !rest.isEmpty { return String(decoding: rest.reversed(), as: UTF8.self) }
    return path.hasPrefix("/") ? "/" : "."
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func put(
    _ text: String, in path: String, flags: Int32, for name: String
  ) throws(FileError) {
    let file = open(path, flags | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .system(path: name, code: errno) }
    defer { close(file) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { throw .system(path: name, code: errno) }
      rest = rest.dropFirst(max(0, count))
    }
    // A pipe cannot be, and need not.
    guard fsync(file) == 0 || errno == EINVAL || errno == EROFS else {
      throw .system(path: name, code: errno)
    }
  }
}

/// Why a file that a user names cannot be read or written.
enum FileError: Error, Equatable {
  case system(path: String, code: Int32)
  case tooLarge(path: String, limit: Int)
  case noFolder(String, of: String)
}

extension FileError: CustomStringConvertible {
  var description: String {
    switch self {
    case .system(let path, let code): "\(path): \(SystemReason.text(code))"
    case .tooLarge(let path, let limit):
      "\(path): it has more than the \(limit.grouped) bytes that are read at once; split it"
    case .noFolder(let folder, let path):
      "\(path): there is no folder \(folder); make it first, or name another place"
    }
  }
}
