import CXXHash
import MerganserModel

/// How a file in a store's folder is named in which what is being received lies.
///
/// It loses the name at once. A process that ends just then leaves it.
package enum SpoolName {
  package static let prefix = "STATE-"
}

/// The file `CURRENT`, which names the data file that holds the store.
///
/// ```
/// merganser store, format 2
/// 000001.mdb
/// <XXH3-64 of the two lines above, 16 hexadecimal digits>
/// ```
///
/// It is replaced as a whole: a crash leaves the old one or the new one.
struct CurrentFile: Equatable {
  static let name = "CURRENT"
  private static let title = "merganser store, format "

  /// The store's format.
  var format: UInt64
  /// The number in the data file's name.
  var generation: UInt64

  /// The data file's name.
  var dataFileName: String {
    let digits = String(generation)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".mdb"
  }

  /// The file that is there while a store is being made.
  static let unfinishedName = "\(SpoolName.prefix)unfinished"

  /// Whether a file of this name holds, or would hold, what a store does.
  static func isData(_ name: String) -> Bool {
    name.hasSuffix(".mdb") && name.first?.isNumber == true
  }

  /// Whether a file in a store's folder is a data file, LMDB's lock beside one, an unfinished
  /// replacement, the file that a store is unfinished, or what was received when a process ended: what may be removed if it is not in use.
  static func isGenerated(_ name: String) -> Bool {
    let isLock = name.hasSuffix(".mdb-lock") && name.first?.isNumber == true
    return isData(name) || isLock || name.hasPrefix(SpoolName.prefix)
      || [Self.name, OpeningFile.name].contains { name == $0 + ".new" }
  }

  private var lines: String { "\(Self.title)\(format)\n\(dataFileName)\n" }

  private static func checksum(_ text: some StringProtocol) -> String {
    let hash = Array(text.utf8).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Makes this the file's contents, durably.
  func write(in directory: String) throws(StorageError) {
    let text = lines + Self.checksum(lines) + "\n"
    try FileSystem.replace(Self.name, in: directory, with: Array(text.utf8))
  }

  /// Reads the file; `nil` if there is none.
  ///
  /// The format is looked at before the checksum, so that a newer program's file is called newer.
  static func read(
    in directory: String, supported: ClosedRange<UInt64>
  ) throws(StorageError) -> CurrentFile? {
    let path = directory + "/" + name
    let contents: [UInt8]?
    do throws(StorageError) { contents = try FileSystem.contents(of: path, limit: 4096) } catch {
      if FileSystem.isFile(directory) {
        throw .unusable(path: directory, reason: "it is a file, and a store is a folder")
      }
      throw error
    }
    guard let bytes = contents else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged(place: path, reason: "it is not text")
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, first.hasPrefix(title),
      let format = UInt64(first.dropFirst(title.count))
    else {
      throw .damaged(place: path, reason: "it does not begin with \"\(title)\"")
    }
    guard supported.contains(format) else {
      throw .unsupportedFormat(path: directory, found: format, supported: supported)
    }
    guard lines.count == 4, lines[3].isEmpty, lines[1].hasSuffix(".mdb"),
      let generation = UInt64(lines[1].dropLast(4))
    else {
      throw .damaged(place: path, reason: "it does not name a data file")
    }
    let current = CurrentFile(format: format, generation: generation)
    guard lines[2] == checksum(current.lines) else {
      throw .damaged(place: path, reason: "its checksum does not fit its contents")
    }
    return current
  }
}
