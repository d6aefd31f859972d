import MerganserModel
import MerganserTypes

/// Two keys of one type: what can be read is written the same, and sorts as its bytes do.
package enum FuzzedKeys: FuzzedPart {
  package static let name = "keys"

  package static func seeds() throws -> [[UInt8]] {
    func seed(_ type: Int, one: some TableKey, other: some TableKey) -> [UInt8] {
      var writer = ByteWriter()
      writer.put(type)
      writer.put(one.keyEncoded())
      return writer.bytes + other.keyEncoded()
    }
    return [
      seed(0, one: "caf\u{E9}", other: "cafe"), seed(1, one: 7, other: -7),
      seed(2, one: UInt64(7), other: UInt64.max),
      seed(3, one: replicas[0], other: replicas[1]),
      seed(4, one: Path("a\0b", child: 1), other: Path("a", child: 2)),
      seed(5, one: Path("a", child: ""), other: Path("", child: "a")),
      seed(
        6, one: Path(Path(UInt64(0), child: "x"), child: replicas[0]),
        other: Path(Path(UInt64(1), child: ""), child: replicas[1])),
    ]
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    var reader = ByteReader(bytes)
    let type = reader.number(below: 7)
    let (one, other) = (reader.bytes(), reader.remainder())
    switch type {
    case 0: try check(one, other: other, as: String.self)
    case 1: try check(one, other: other, as: Int.self)
    case 2: try check(one, other: other, as: UInt64.self)
    case 3: try check(one, other: other, as: ReplicaID.self)
    case 4: try check(one, other: other, as: Path<String, Int>.self)
    case 5: try check(one, other: other, as: Path<String, String>.self)
    default: try check(one, other: other, as: Path<Path<UInt64, String>, ReplicaID>.self)
    }
  }

  private static func check<Key: TableKey & Comparable>(
    _ one: [UInt8], other: [UInt8], as: Key.Type
  ) throws(Divergence) {
    let keys = try [one, other].map { bytes throws(Divergence) -> Key? in
      let key = try? Key(keyEncoded: bytes)
      try expect(
        bytes.withUnsafeBytes(Key.isKey) == (key != nil), what: "\(Key.self): isKey is mistaken")
      guard let key else { return nil }
      let encoded = key.keyEncoded()
      guard let read = try? Key(keyEncoded: encoded) else {
        throw Divergence("\(Key.self): its own bytes are no key")
      }
      try expect(read == key, what: "\(Key.self): its own bytes are another key")
      try expect(read.keyEncoded() == encoded, what: "\(Key.self): a key has two byte strings")
      return key
    }
    guard let first = keys[0], let second = keys[1] else { return }
    tell("keys: two that are compared")
    let (left, right) = (first.keyEncoded(), second.keyEncoded())
    try expect(
      (first < second) == left.lexicographicallyPrecedes(right),
      what: "\(Key.self): keys sort other than their bytes")
    try expect(
      (first == second) == (left == right), what: "\(Key.self): equal keys have other bytes")
  }
}
