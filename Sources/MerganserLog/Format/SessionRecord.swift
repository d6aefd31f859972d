import MerganserModel
import MerganserDatabase
import MerganserTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a store remembers of its last writer: whether it closed, on which boot, how it wrote, and to
/// which file.
struct SessionRecord: Equatable {
  static let key = Array("session".utf8)

  var isOpen: Bool
  var durability: Durability
  /// Which run of the operating system it was; empty where the system does not say.
  var boot: [UInt8]
  /// The data file that it wrote to; `nil` if that was not noted.
  var file: FileBirth?

  func encoded() -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(byte: isOpen ? 1 : 0)
    encoder.encode(byte: durability.code)
    encoder.encode(lengthPrefixed: boot)
    if let file {
      encoder.encode(fixed64: file.inode)
      encoder.encode(fixed64: file.generation)
    }
    return encoder.bytes
  }

  init(
    isOpen: Bool, durability: Durability, file: FileBirth?, boot: [UInt8] = Self.currentBoot
  ) {
    self.isOpen = isOpen
    self.durability = durability
    self.file = file
    self.boot = boot
  }

  init(_ record: [UInt8]) throws(BinaryDecodingError) {
    self = try BinaryDecoder.decoding(record) { decoder throws(BinaryDecodingError) in
      let isOpen = try decoder.decodeByte() != 0
      let start = decoder.offset
      guard let durability = Durability(code: try decoder.decodeByte()) else {
        throw .invalidValue(offset: start, expected: "a durability")
      }
      let boot = try decoder.decodeLengthPrefixed()
      // The time of its birth is in the opening's record, which came later.
      let file =
        decoder.remaining == 0
        ? nil
        : FileBirth(
          inode: try decoder.decodeFixed64(), generation: try decoder.decodeFixed64())
      return SessionRecord(isOpen: isOpen, durability: durability, file: file, boot: boot)
    }
  }

  /// Whether the machine stopped between then and now, as far as the system tells.
  var isOfAnotherBoot: Bool { boot.isEmpty || boot != Self.currentBoot }

  private static let currentBoot: [UInt8] = {
    #if os(Linux)
      let contents = try? FileSystem.contents(of: "/proc/sys/kernel/random/boot_id", limit: 128)
      return (contents ?? nil).map { Array($0.prefix { $0 != 10 }) } ?? []
    #else
      var bytes = [UInt8](repeating: 0, count: 128)
      var size = bytes.count
      guard sysctlbyname("kern.bootsessionuuid", &bytes, &size, nil, 0) == 0 else { return [] }
      return Array(bytes.prefix { $0 != 0 })
    #endif
  }()
}
