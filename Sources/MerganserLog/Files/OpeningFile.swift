import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The file `OPENING`, which has the number of the store's last opening or closing.
///
/// ```
/// merganser opening
/// <16 hexadecimal digits>
/// ```
///
/// It is another file each time, so that one that was put back shows, too.
struct OpeningFile: Equatable {
  static let name = "OPENING"
  private static let title = "merganser opening\n"

  /// The number; `nil` if the file has none.
  let number: UInt64?
  let birth: FileBirth

  /// Reads the file; `nil` if there is none.
  init?(in directory: String) throws(StorageError) {
    let path = directory + "/" + Self.name
    guard FileSystem.exists(path) else { return nil }
    let file = try FileSystem.open(path, flags: O_RDONLY)
    defer { FileSystem.close(file) }
    let bytes = try FileSystem.read(file, path: path, count: 64, from: 0)
    let text = String(decoding: bytes, as: UTF8.self)
    number =
      text.hasPrefix(Self.title) && text.hasSuffix("\n")
      ? UInt64(text.dropFirst(Self.title.count).dropLast(), radix: 16) : nil
    birth = try FileBirth(file, path: path)
  }

  /// Writes a file with the given number beside the one that is there, and returns which it is.
  static func prepare(_ number: UInt64, in directory: String) throws(StorageError) -> FileBirth {
    let digits = String(number, radix: 16)
    let text = title + String(repeating: "0", count: 16 - digits.count) + digits + "\n"
    return try FileSystem.prepare(name, in: directory, with: Array(text.utf8))
  }

  /// Puts the file that was prepared in the place of the one that is there, durably.
  static func replace(in directory: String) throws(StorageError) {
    try FileSystem.replace(name, in: directory)
  }
}
