/// Tells, for the bytes of an LMDB file, which of them are values of ours and which are LMDB's own.
struct PageMap {
  private static let size = 4096
  private static let branch: UInt16 = 1
  private static let leaf: UInt16 = 2
  private static let overflow: UInt16 = 4
  private static let bigData: UInt16 = 1
  private static let subData: UInt16 = 2

  /// Where our values lie in the file, in order.
  let values: [Range<Int>]

  /// The map of a whole file; pages that are free count as what they were last.
  init(_ file: [UInt8]) {
    var values: [Range<Int>] = []
    file.withUnsafeBytes { file in
      func word(_ offset: Int) -> Int {
        Int(UInt16(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
      }
      for page in stride(from: 2 * Self.size, to: file.count - Self.size + 1, by: Self.size) {
        let flags = UInt16(word(page + 10))
        if flags & Self.overflow != 0 {
          values.append(page + 16..<page + Self.size)
        } else if flags & Self.leaf != 0 {
          let count = (word(page + 12) - 16) / 2
          for place in 0..<max(0, count) {
            let node = page + word(page + 16 + 2 * place)
            guard node + 8 <= page + Self.size else { continue }
            let size = word(node) | word(node + 2) << 16
            let flags = UInt16(word(node + 4))
            let start = node + 8 + word(node + 6)
            guard flags & (Self.bigData | Self.subData) == 0, start + size <= page + Self.size
            else { continue }
            // The free list's values are LMDB's own: their keys have eight bytes.
            if word(node + 6) != 8 { values.append(start..<start + size) }
          }
        }
      }
    }
    self.values = values.sorted { $0.lowerBound < $1.lowerBound }
  }

  func isValue(_ offset: Int) -> Bool {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low].contains(offset)
  }
}
