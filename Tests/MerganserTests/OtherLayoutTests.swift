import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A record of one name whose bytes are others in another program.
private protocol Record: Hashable, BinaryCodable, TableKey {
  init(_ number: Int)
}

extension Record {
  static var typeName: String { "Shop.Record" }

  func keyEncoded() -> [UInt8] { binaryEncoded() }

  init(keyEncoded bytes: some Collection<UInt8>) throws(KeyError) {
    do { self = try Self(binaryEncoded: Array(bytes)) } catch {
      throw .malformed(expected: "a record")
    }
  }
}

/// A record of a text, and one of a text and a number; each says so, or does not.
private struct Text: Record {
  var text: String
  init(_ number: Int) { text = "record \(number)" }
  func encode(to encoder: inout BinaryEncoder) { text.encode(to: &encoder) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    text = try String(from: &decoder)
  }
}

private struct TextAndNumber: Record {
  var text: Text
  var number: Int
  init(_ number: Int) { (text, self.number) = (Text(number), number) }
  func encode(to encoder: inout BinaryEncoder) {
    text.encode(to: &encoder)
    number.encode(to: &encoder)
  }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    text = try Text(from: &decoder)
    number = try Int(from: &decoder)
  }
}

private struct Told<Whole: Record, Numbered>: Record {
  var whole: Whole
  static var layout: Layout { .declared("\(Whole.self)") }
  init(_ number: Int) { whole = Whole(number) }
  func encode(to encoder: inout BinaryEncoder) { whole.encode(to: &encoder) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    whole = try Whole(from: &decoder)
  }
}

/// A colour of which a later program knows more.
private struct Colour<Known: Limit>: Hashable, BinaryCodable {
  static var typeName: String { "Shop.Colour" }
  var number: UInt8
  init(_ number: UInt8) { self.number = number }
  func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: number) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    number = try decoder.decodeByte()
    guard number < Known.limit else {
      throw .invalidValue(offset: start, expected: "a colour below \(Known.limit)")
    }
  }
}

private protocol Limit: Sendable { static var limit: UInt8 { get } }
private enum Two: Limit { static var limit: UInt8 { 2 } }
private enum Three: Limit { static var limit: UInt8 { 3 } }

private struct Shop<Key: TableKey, Value: Replicated>: Schema {
  let rows = Table<Key, Value>("rows")
  let others = Table<String, GCounter>("others")
}

/// A replica of whichever schema.
private protocol AnyReplica: Peer {
  func write(bundle path: String) async throws
}

extension Replica: AnyReplica {
  fileprivate func write(bundle path: String) async throws { try await export(to: path) }
}

@Suite struct OtherLayoutTests {
  /// Where a record can stand.
  enum Place: CaseIterable { case register, set, map, key }

  private typealias Fill = @Sendable (borrowing Transaction, Int) throws -> Void

  /// Opens a store or makes a replica with records at a place, and writes some; what a replica is, is lost.
  private struct Program: Sendable {
    var open: @Sendable (_ path: String, _ count: Int) async throws -> ReplicaID
    var meet: @Sendable (_ count: Int, _ founder: ReplicaID?) async throws -> any AnyReplica
  }

  private static func program<R: Record>(_: R.Type, at place: Place) -> Program {
    switch place {
    case .register:
      let shop = Shop<String, LWWRegister<R>>()
      return program(shop) { try $0[shop.rows, "\($1)"].set(R($1)) }
    case .set:
      let shop = Shop<String, ORSet<R?>>()
      return program(shop) { try $0[shop.rows, "\($1)"].insert(R($1)) }
    case .map:
      let shop = Shop<String, ORMap<Int, MVRegister<R>>>()
      return program(shop) { tx, number in
        try tx[shop.rows, "\(number)"].update { store, author in
          store.update(1, as: &author) { $0.set(R(number), as: &$1) }
        }
      }
    case .key:
      let shop = Shop<Path<R, Int>, GCounter>()
      return program(shop) { try $0[shop.rows, Path(R($1), child: 1)].increment(by: 1) }
    }
  }

  private static func program<S: Schema>(_ schema: S, fill: @escaping Fill) -> Program {
    @Sendable func write(_ count: Int, to replica: Replica<S>) async throws {
      for number in 0..<count {
        try await replica.write(.localOnly) { try fill($0, number) }
      }
    }
    return Program(
      open: { path, count in
        let replica = try await Replica.open(schema, at: path)
        try await write(count, to: replica)
        try await replica.close()
        return replica.id
      },
      meet: { count, founder in
        let replica = try Replica(schema, joining: founder)
        try await write(count, to: replica)
        return replica
      })
  }

  /// What a store records and how far it has come.
  private func state(of path: String) throws -> [String] {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return ["\(reading.identity)", "\(try reading.snapshot().heads)"]
  }

  @Test(arguments: Place.allCases)
  func aLayoutThatIsToldIsRefusedBeforeAnythingIsWritten(place: Place) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/shop"
    let one = Self.program(Told<Text, Int>.self, at: place)
    let other = Self.program(Told<TextAndNumber, Int>.self, at: place)
    // Also of a store in which nothing is.
    for count in [0, 3] {
      _ = try await one.open(path, count)
      let before = try state(of: path)
      await #expect(
        throws: OpenError.otherLayout(
          path: path,
          LayoutDifference(
            table: "rows", type: "Shop.Record", expected: "TextAndNumber", found: "Text"))
      ) { try await other.open(path, 1) }
      #expect(try state(of: path) == before)
    }
    _ = try await one.open(path, 0)
    let first = try await one.meet(1, nil)
    let founder = try await first.greeting().founder
    let second = try await other.meet(1, founder)
    for (a, b) in [(first, second), (second, first)] {
      let error = try await #require(throws: ReplicationError.self) { try await sync(a, with: b) }
      guard case .otherLayout(let difference) = error else { throw error }
      #expect(difference.table == "rows" && difference.type == "Shop.Record")
      #expect(Set([difference.expected, difference.found]) == ["Text", "TextAndNumber"])
    }
    for peer in [first, second] { #expect(try await peer.greeting().heads.count == 1) }
  }

  @Test(arguments: Place.allCases, [false, true])
  func aLayoutThatIsNotToldIsFoundInTheRows(place: Place, isInLog: Bool) async throws {
    let folder = try TemporaryFolder()
    var path = folder.path + "/shop"
    for (one, other) in [
      (Self.program(Text.self, at: place), Self.program(TextAndNumber.self, at: place)),
      (Self.program(TextAndNumber.self, at: place), Self.program(Text.self, at: place)),
    ] {
      path += "'"
      _ = try await one.open(path, 0)
      // Of a store in which nothing is, nothing tells.
      _ = try await other.open(path, 0)
      if isInLog {
        try await leaveInLog(one, at: path)
      } else {
        _ = try await one.open(path, 3)
      }
      let before = try state(of: path)
      let error = try await #require(throws: OpenError.self) { try await other.open(path, 1) }
      guard case .unreadableRows(path, let row) = error else { throw error }
      #expect(row.table == "rows" && !row.key.isEmpty)
      #expect(try state(of: path) == before)
      _ = try await one.open(path, 1)
    }
  }

  /// Writes to a store without a checkpoint: what is copied while a replica is open has its log alone.
  private func leaveInLog(_ program: Program, at path: String) async throws {
    let (source, peer) = (path + "-source", try await program.meet(3, nil))
    let identity = StoreIdentity(
      replica: .random(), founder: try await peer.greeting().founder,
      schema: try await peer.greeting().schema)
    let store = try LogStore.create(at: source, identity: identity)
    _ = try await sync(StorePeer(store), with: peer)
    try store.close()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: source, toPath: path)
  }

  @Test(arguments: Place.allCases)
  func replicasThatPartInAMeetingThrow(place: Place) async throws {
    let folder = try TemporaryFolder()
    let one = Self.program(Text.self, at: place)
    let other = Self.program(TextAndNumber.self, at: place)
    let first = try await one.meet(1, nil)
    let second = try await other.meet(2, try await first.greeting().founder)
    for (a, b) in [(first, second), (second, first)] {
      let error = try await #require(throws: ReplicationError.self) { try await sync(a, with: b) }
      guard case .unreadable(_, 1, let row) = error else { throw error }
      #expect(row.table == "rows")
    }
    try await first.write(bundle: folder.path + "/bundle")
    let error = try await #require(throws: ReplicationError.self) {
      try await second.importBundle(from: folder.path + "/bundle")
    }
    guard case .unreadable = error else { throw error }
    let state = try await #require(throws: ReplicationError.self) {
      try await second.adopt(try await first.state())
    }
    guard case .unreadableState = state else { throw state }
  }

  /// A row that a later program wrote, among those that an earlier one reads.
  @Test func oneUnreadableRowIsOneRow() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/shop"
    let (later, earlier) = (
      Shop<String, LWWRegister<Colour<Three>>>(), Shop<String, LWWRegister<Colour<Two>>>()
    )
    let first = try await Replica.open(later, at: path)
    for number in 0..<9 {
      try await first.write { try $0[later.rows, "\(number)"].set(Colour(number == 4 ? 2 : 1)) }
    }
    try await first.close()
    let second = try await Replica.open(earlier, at: path)
    let snapshot = second.snapshot
    let unreadable = try #require(throws: StorageError.self) { try snapshot[earlier.rows, "4"] }
    guard case .unreadableRow(let row) = unreadable else { throw unreadable }
    #expect(row.table == "rows" && row.key == "4" && row.reason.contains("a colour below 2"))
    #expect(throws: unreadable) { try snapshot.rows(earlier.rows) }
    for number in 0..<9 where number != 4 {
      #expect(try snapshot[earlier.rows, "\(number)"]?.value == Colour(1))
    }
    #expect(try snapshot.rows(earlier.rows, in: "5"..<"9").count == 4)
    #expect(try snapshot.count(earlier.rows) == 9)
    // The others are written to, the row is not.
    try await second.write { try $0[earlier.rows, "5"].set(Colour(0)) }
    await #expect(throws: unreadable) {
      try await second.write { try $0[earlier.rows, "4"].set(Colour(0)) }
    }
    try await second.close()
    let third = try await Replica.open(later, at: path)
    let values = try third.snapshot.rows(later.rows).map { $0.value.value?.number }
    #expect(values == [1, 1, 1, 1, 2, 0, 1, 1, 1])
    try await third.close()
  }

  /// A store whose description has no layouts is opened, and tells them from then on.
  @Test func anOlderDescriptionIsOpenedAndCompleted() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/shop"
    let told = Self.program(Told<Text, Int>.self, at: .register)
    let peer = try await told.meet(2, nil)
    let (founder, schema) = try await (peer.greeting().founder, peer.greeting().schema)
    let old = SchemaDescription(
      tables: schema.tables.map {
        .init(
          name: $0.name, key: $0.key, value: $0.value.replacing("Shop.Record", with: "Record"))
      }, invariants: [])
    let store = try LogStore.create(
      at: path, identity: StoreIdentity(replica: .random(), founder: founder, schema: old))
    try store.close()
    _ = try await told.open(path, 1)
    let reading = try LogStore.openForReading(at: path)
    #expect(reading.identity.schema == schema)
    reading.close()
    // A program that tells nothing takes nothing away.
    _ = try await Self.program(Text.self, at: .register).open(path, 1)
    let again = try LogStore.openForReading(at: path)
    #expect(again.identity.schema == schema)
    again.close()
  }

  @Test func typesOfOneShortNameAreRefused() async throws {
    enum North {
      struct Id: Hashable, BinaryCodable {
        func encode(to encoder: inout BinaryEncoder) {}
        init(from decoder: inout BinaryDecoder) {}
      }
    }
    enum South {
      struct Id: Hashable, BinaryCodable {
        func encode(to encoder: inout BinaryEncoder) {}
        init(from decoder: inout BinaryDecoder) {}
      }
    }
    let folder = try TemporaryFolder()
    let path = folder.path + "/shop"
    try await Replica.open(Shop<String, GSet<North.Id>>(), at: path).close()
    let error = try await #require(throws: OpenError.self) {
      try await Replica.open(Shop<String, GSet<South.Id>>(), at: path)
    }
    #expect("\(error)".contains("North.Id") && "\(error)".contains("South.Id"))
  }
}
