import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// What a program with other types of its own may have written is told apart from what nobody writes.
@Suite struct OwnTypeKeyTests {
  private struct Color: Hashable, BinaryCodable {
    var number: UInt8
    init(_ number: UInt8) { self.number = number }
    func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: number) }
    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      let start = decoder.offset
      number = try decoder.decodeByte()
      guard number < 10 else { throw .invalidValue(offset: start, expected: "a color") }
    }
  }

  private struct Painting: Schema {
    let colors = Table<String, LWWRegister<Color>>("colors")
  }

  private let painting = Painting()
  private let catalog: Catalog
  private let author = ReplicaID(high: 0, low: 2)
  private let wall = HybridTime(milliseconds: 1000)

  init() throws { catalog = try Catalog(painting) }

  private func database(_ number: UInt64) -> Database {
    Database(
      catalog: catalog, replica: ReplicaID(high: 0, low: number),
      founder: ReplicaID(high: 0, low: 1))
  }

  /// What is said of a version whose key or color is another.
  private func error(
    key: [UInt8]? = nil, color: UInt8 = 1
  ) throws -> ReplicationError? {
    var (writer, receiver) = (database(2), database(1))
    let written = try writer.transact(wall: wall) { [painting] in
      try $0[painting.colors, "k"].set(Color(color))
    }
    let read = try #require(written.version).decoded()
    let writes = read.writes.map {
      RowDelta(table: $0.table, key: key ?? Array($0.key), delta: Array($0.delta))
    }
    let version = StoredVersion(
      origin: author, sequences: read.sequences, time: read.time, terms: read.terms,
      dependencies: read.links, previousHash: 0, replicas: read.replicas, writes: writes)
    return try receiver.receive([version], wall: wall).refused.first
  }

  /// What is said of a state whose only row has the given key, and no bytes that can be read.
  private func stateError(key: [UInt8]) throws -> ReplicationError? {
    var receiver = database(1)
    try receiver.beginAdoption(
      of: StateHeader(heads: [:], time: wall, tables: ["colors"]), wall: wall)
    let row = StatePart.Row(key: key, bytes: [9])
    do {
      try receiver.adopt(StatePart(table: "colors", behind: nil, last: nil, rows: [row]))
      return nil
    } catch let error as ReplicationError {
      return error
    }
  }

  /// Of no type a key is longer than fits: no other program will ever read it.
  @Test func aKeyThatIsTooLongIsMalformedWhateverItsType() throws {
    #expect(try error() == nil)
    guard case .unreadable? = try error(color: 99) else {
      Issue.record("a color of another program")
      return
    }
    guard case .unreadable? = try error(key: [0xFF]) else {
      Issue.record("a key of another program")
      return
    }
    let long = [UInt8](repeating: 65, count: 5000)
    guard case .malformed? = try error(key: long) else {
      Issue.record("a long key: \(String(describing: try error(key: long)))")
      return
    }
    guard case .unreadableState? = try stateError(key: "k".keyEncoded()) else {
      Issue.record("a state of another program")
      return
    }
    let found = try stateError(key: long)
    guard case .malformedState? = found else {
      Issue.record("a state with a long key: \(String(describing: found))")
      return
    }
  }
}
