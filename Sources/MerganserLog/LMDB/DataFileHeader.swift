import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What LMDB's two meta pages say, read and judged before the file is mapped.
///
/// LMDB believes its file: a file cut short ends the process by SIGBUS as soon as a missing page is
/// touched, and a page that is no page by an assertion. So before LMDB sees the file, this checks
/// that both meta pages are LMDB's, that the file is as long as the newer one says, and that the
/// trees' roots are pages of the kind that they should be.
struct DataFileHeader {
  /// The size of LMDB's pages, in bytes.
  let pageSize: Int
  /// The number of the last page in use.
  let lastPage: UInt64

  private static let magic: UInt32 = 0xBEEF_C0DE
  private static let supportedVersion: UInt32 = 1
  private static let noPage = UInt64.max
  private static let metaFlag: UInt16 = 0x08
  private static let treeFlags: UInt16 = 0x03

  /// One meta page's fields, at the places where 64-bit LMDB 0.9 has them.
  private struct Meta {
    let flags: UInt16
    let magic, version, pageSize: UInt32
    let roots: [UInt64]
    let lastPage, transaction: UInt64

    init(_ page: ArraySlice<UInt8>) {
      func load<T>(_ offset: Int, as type: T.Type) -> T {
        page.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
      }
      flags = load(10, as: UInt16.self)
      magic = load(16, as: UInt32.self)
      version = load(20, as: UInt32.self)
      pageSize = load(40, as: UInt32.self)
      roots = [load(80, as: UInt64.self), load(128, as: UInt64.self)]
      lastPage = load(136, as: UInt64.self)
      transaction = load(144, as: UInt64.self)
    }

    static let size = 152
  }

  /// Reads and judges the header of the data file at `path`.
  init(path: String) throws(StorageError) {
    let file = try FileSystem.open(path, flags: O_RDONLY)
    defer { FileSystem.close(file) }
    let size = UInt64(clamping: try FileSystem.status(of: path).st_size)

    let first = try Self.meta(file, path: path, at: 0)
    guard first.pageSize >= 512, first.pageSize <= 65536, first.pageSize.nonzeroBitCount == 1 else {
      throw .damaged(place: path, reason: "its header gives \(first.pageSize) for a page size")
    }
    pageSize = Int(first.pageSize)
    let second = try Self.meta(file, path: path, at: pageSize)
    guard second.pageSize == first.pageSize else {
      throw .damaged(place: path, reason: "its two headers differ in their page size")
    }
    let current = first.transaction >= second.transaction ? first : second
    lastPage = current.lastPage

    let pages = size / UInt64(pageSize)
    guard lastPage >= 1, lastPage < pages else {
      throw .damaged(
        place: path,
        reason: "it is cut short: its header speaks of page \(lastPage), and it has \(pages) pages")
    }
    for root in current.roots where root != Self.noPage {
      guard root > 1, root <= lastPage else {
        throw .damaged(place: path, reason: "its header names page \(root) as the root of a tree")
      }
      let page = try FileSystem.read(file, path: path, count: 16, from: Int(root) * pageSize)
      let number = page.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
      let flags = page.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 10, as: UInt16.self) }
      guard number == root, (flags & Self.treeFlags).nonzeroBitCount == 1 else {
        throw .damaged(place: path, reason: "page \(root) should be the root of a tree, and is not")
      }
    }
  }

  private static func meta(
    _ file: FileSystem.Descriptor, path: String, at offset: Int
  ) throws(StorageError) -> Meta {
    let bytes = try FileSystem.read(file, path: path, count: Meta.size, from: offset)
    guard bytes.count == Meta.size else {
      throw .damaged(place: path, reason: "it ends inside its header")
    }
    let meta = Meta(bytes[...])
    guard meta.flags & metaFlag != 0, meta.magic == magic else {
      throw .damaged(place: path, reason: "its header is not that of an LMDB file")
    }
    guard meta.version == supportedVersion else {
      throw .unusable(
        path: path,
        reason: "it is in LMDB's format \(meta.version), where \(supportedVersion) is read")
    }
    return meta
  }
}
