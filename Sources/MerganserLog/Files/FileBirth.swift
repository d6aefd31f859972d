import CLMDB
import MerganserModel
import MerganserTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which file something is, for ever: moving it keeps this, and a copy has another.
///
/// A number of an inode is given again once a file is gone, therefore it goes with what tells the
/// inode's lives apart: its generation, and the time of its birth, where the file system knows them.
struct FileBirth: Equatable {
  let inode: UInt64
  let generation: UInt64
  /// In nanoseconds since 1970; 0 where it is not known.
  let time: UInt64

  init(inode: UInt64, generation: UInt64, time: UInt64 = 0) {
    self.inode = inode
    self.generation = generation
    self.time = time
  }

  /// The file that a descriptor is open on.
  init(_ descriptor: FileSystem.Descriptor, path: String) throws(StorageError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .fromSystem(errno, operation: "fstat", path: path)
    }
    inode = UInt64(status.st_ino)
    #if os(Linux)
      // FS_IOC_GETVERSION; a file system without generations says so, and the others have to do.
      var version: Int = 0
      let request: UInt = 0x8008_7601
      generation =
        ioctl(descriptor, request, &version) == 0
        ? UInt64(UInt32(truncatingIfNeeded: version)) : 0
      time = merganser_file_birth(descriptor)
    #else
      let birth = status.st_birthtimespec
      generation = UInt64(bitPattern: Int64(birth.tv_sec) &* 1_000_000_000 &+ Int64(birth.tv_nsec))
      time = 0
    #endif
  }

  /// Whether two births are of one file, as far as both are known.
  func isSame(as other: FileBirth) -> Bool {
    inode == other.inode && generation == other.generation
      && (time == other.time || time == 0 || other.time == 0)
  }
}

extension FileBirth: BinaryCodable {
  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(fixed64: inode)
    encoder.encode(fixed64: generation)
    encoder.encode(fixed64: time)
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    self.init(
      inode: try decoder.decodeFixed64(), generation: try decoder.decodeFixed64(),
      time: try decoder.decodeFixed64())
  }
}
