public import Foundation

#if canImport(System)
  public import System
#endif

/// Where a store, a backup or a bundle lies: a `String`, a `URL` of a file, or, where the system has it, a `FilePath`.
///
/// ```swift
/// let folder = URL.applicationSupportDirectory.appending(path: "shop")
/// let shop = try await Replica.open(Shop(), at: folder)
/// ```
///
/// Another type that names files conforms by giving its path.
public protocol FileLocation: Sendable {
  /// The path, as the system takes it.
  ///
  /// - Throws: ``StorageError/unusable(path:reason:)``, if it names no file of this machine.
  var fileSystemPath: String { get throws(StorageError) }
}

extension FileLocation {
  /// The path, which can name a file.
  ///
  /// - Throws: ``StorageError/unusable(path:reason:)``.
  package func checkedPath() throws(StorageError) -> String {
    let path = try fileSystemPath
    if path.isEmpty { throw .unusable(path: "\"\"", reason: "an empty path names nothing") }
    // The system would take what stands before it for the whole.
    if path.utf8.contains(0) {
      throw .unusable(
        path: path.replacing("\0", with: "\\0"), reason: "a path cannot have a zero byte")
    }
    // What a URL's text names is no file.
    if path.prefix(5).lowercased() == "file:" {
      throw .unusable(path: path, reason: "it is a URL's text; give the URL, or its path")
    }
    return path
  }
}

extension String: FileLocation {
  /// The string itself.
  public var fileSystemPath: String { self }
}

extension URL: FileLocation {
  /// The path of a file's URL.
  ///
  /// - Throws: ``StorageError/unusable(path:reason:)``, if it is another's.
  public var fileSystemPath: String {
    get throws(StorageError) {
      guard isFileURL else {
        throw .unusable(
          path: absoluteString,
          reason: "it is no file's URL; make one with URL(filePath:)")
      }
      let host = host() ?? ""
      guard host.isEmpty || host == "localhost" else {
        throw .unusable(
          path: absoluteString, reason: "it is a file of \(host); name one of this machine")
      }
      let path = absoluteURL.path
      if path.isEmpty {
        throw .unusable(path: absoluteString, reason: "its path is not text in UTF-8")
      }
      return path
    }
  }
}

#if canImport(System)
  extension FilePath: FileLocation {
    /// The path as text.
    public var fileSystemPath: String { string }
  }
#endif
