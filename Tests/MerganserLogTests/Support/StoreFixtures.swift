import MerganserDatabase
import MerganserModel
import MerganserLog
import MerganserTypes
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// By how much a long run multiplies the trials: the environment's `MERGANSER_TORTURE`.
let tortureFactor = getenv("MERGANSER_TORTURE").flatMap { Int(String(cString: $0)) } ?? 1

struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

func removeTree(_ path: String) {
  for name in names(in: path) {
    if unlink(path + "/" + name) != 0 { removeTree(path + "/" + name) }
  }
  rmdir(path)
}

func names(in path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

func readFile(_ path: String) throws -> [UInt8] {
  let file = open(path, O_RDONLY)
  guard file >= 0 else { throw Failure("open \(path): \(errno)") }
  defer { close(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &buffer, buffer.count)
    guard count > 0 else { return bytes }
    bytes += buffer[..<count]
  }
}

func writeFile(_ path: String, bytes: [UInt8]) throws {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  guard file >= 0 else { throw Failure("open \(path): \(errno)") }
  defer { close(file) }
  guard write(file, bytes, bytes.count) == bytes.count else { throw Failure("write \(path)") }
}

/// Writes the versions of several origins, each origin's in a chain.
struct VersionSource {
  var heads: [ReplicaID: Head] = [:]
  let origins: [ReplicaID]

  init(origins: Int, using generator: inout SplitMix) {
    self.origins = (0..<origins).map { _ in ReplicaID.random(using: &generator) }
  }

  /// The next version of `origin`, with a row of about `size` bytes.
  mutating func next(
    of origin: ReplicaID, size: Int, dots: UInt64 = 1, using generator: inout SplitMix
  ) -> StoredVersion {
    let head = heads[origin] ?? Head(sequence: 0, hash: 0)
    let first = head.sequence + 1
    let filling = UInt8.random(in: 0...255, using: &generator)
    let version = StoredVersion(
      origin: origin, sequences: first...(first + dots - 1),
      time: HybridTime(milliseconds: first),
      previousHash: head.hash, replicas: [origin],
      writes: [
        RowDelta(table: "t", key: [1, 2, 3], delta: [UInt8](repeating: filling, count: size))
      ])
    heads[origin] = version.head
    return version
  }
}

func identity(_ replica: ReplicaID = ReplicaID(high: 1, low: 2)) -> StoreIdentity {
  StoreIdentity(
    replica: replica, founder: ReplicaID(high: 1, low: 1),
    schema: SchemaDescription(
      tables: [.init(name: "accounts", key: "Int", value: "EscrowCounter")],
      invariants: [.init(kind: "Bounds", name: "floor", parameters: ["accounts", "0..."])]))
}

/// Everything that a snapshot holds, read to the end.
func contents(_ snapshot: any VersionSnapshot) throws -> [ReplicaID: [StoredVersion]] {
  var contents: [ReplicaID: [StoredVersion]] = [:]
  for origin in snapshot.heads.keys {
    contents[origin] = try versions(snapshot, of: origin, after: 0)
  }
  return contents
}

func versions(
  _ snapshot: any VersionSnapshot, of origin: ReplicaID, after sequence: UInt64
) throws -> [StoredVersion] {
  let reader = try snapshot.versions(of: origin, after: sequence)
  var versions: [StoredVersion] = []
  while let version = try reader.next() { versions.append(version) }
  return versions
}
