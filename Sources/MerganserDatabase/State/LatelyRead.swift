import MerganserModel
import MerganserTypes

/// What was read of the last version while many are taken in: the next one is often like it.
struct LatelyRead {
  /// What a version wrote to a row, decoded; the key lies in the version's bytes.
  struct Write {
    let table: Int
    let key: UnsafeRawBufferPointer
    let delta: AnyRowDelta

    /// Whether it comes before another in the order of tables and keys.
    func precedes(_ other: Write) -> Bool {
      table != other.table ? table < other.table : ByteOrder.precedes(left: key, right: other.key)
    }
  }

  /// What the version wrote that is being taken in; its memory is used again.
  var writes: [Write] = []
  /// The latest time of a write to a register in the version that is being taken in.
  var latestStamp = HybridTime.zero
  private var replicas: [ReplicaID] = []
  private var table: (name: [UInt8], number: Int?)?

  /// A write to a row that another write goes to as well; `nil` if each row is written to once.
  ///
  /// - Complexity: O(*n*) where the writes are in order, as transactions write them; else O(*n* log *n*).
  var firstTwiceWritten: Write? {
    if writes.count < 2 { return nil }
    let isInOrder = zip(writes, writes.dropFirst()).allSatisfy { $0.precedes($1) }
    if isInOrder { return nil }
    let sorted = writes.sorted { $0.precedes($1) }
    return zip(sorted, sorted.dropFirst()).first { !$0.precedes($1) }?.0
  }

  /// The replicas to whose places a version's rows refer.
  mutating func replicas(of version: Version, in bytes: UnsafeRawBufferPointer) -> [ReplicaID] {
    // One byte of count, as long as there are few.
    let start = version.tableOffset + 1
    let count = replicas.count
    let isSame =
      count > 0 && count < 0x80 && start + 16 * count <= bytes.count
      && Int(bytes[start - 1]) == count
      && (0..<count).allSatisfy { place in
        func word(_ offset: Int) -> UInt64 {
          UInt64(
            littleEndian: bytes.loadUnaligned(
              fromByteOffset: start + 16 * place + offset, as: UInt64.self))
        }
        return replicas[place].high == word(0) && replicas[place].low == word(8)
      }
    if !isSame { replicas = version.replicas }
    return replicas
  }

  /// The number of the table with the given name; `nil` if the catalog has none.
  mutating func number(of name: UnsafeRawBufferPointer, in catalog: Catalog) -> Int? {
    if let table, name.isEqual(to: table.name) { return table.number }
    let number = catalog.number(ofBytes: name)
    table = (Array(name), number)
    return number
  }
}
