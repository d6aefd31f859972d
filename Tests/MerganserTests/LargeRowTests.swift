import Merganser
import MerganserLog
import TestSupport
import Testing

/// Rows that are as large as a transaction may make them, and larger ones that merging made.
@Suite struct LargeRowTests {
  /// Many bytes, of which the first ones tell books apart.
  struct Book: Hashable, BinaryCodable {
    static var layout: Layout { "the bytes' count and the bytes" }
    let bytes: [UInt8]

    init(_ number: Int, size: Int = 8 << 20) {
      bytes = [UInt8(number)] + [UInt8](repeating: 7, count: size)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes.first) }

    func encode(to encoder: inout BinaryEncoder) { encoder.encode(lengthPrefixed: bytes) }

    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      bytes = try decoder.decodeLengthPrefixed()
    }
  }

  struct Shelf: Schema {
    let books = Table<Int, ORSet<Book>>("books")
    var invariants: [any Invariant] {}
  }

  let schema = Shelf()

  private func write(_ numbers: Range<Int>, at replica: Replica<Shelf>) async throws {
    for number in numbers {
      try await replica.write { [schema] in try $0[schema.books, 1].insert(Book(number)) }
    }
  }

  /// A row that two replicas filled apart takes every road that rows take.
  @Test func whatMergingMadeLargeIsStoredAndHandedOver() async throws {
    let folder = try TemporaryFolder()
    var options = ReplicaOptions(durability: .survivesProcessCrash)
    options.retention = Retention(history: 0, backlog: 0)
    let path = folder.path + "/lisbon"
    var lisbon = try await Replica.open(schema, at: path, options: options)
    let porto = try Replica(schema, joining: lisbon.founder)
    try await write(0..<5, at: lisbon)
    try await write(10..<14, at: porto)
    _ = try await lisbon.sync(with: porto)
    // A checkpoint stores the row, and the log is truncated behind it.
    try await lisbon.close()
    let store = try LogStore.open(at: path, options: options)
    while try store.truncate() {}
    try store.close()
    lisbon = try await Replica.open(schema, at: path, options: options)
    #expect(try lisbon.snapshot[schema.books, 1]?.count == 9)
    #expect(try LogStore.verify(at: path).findings.map(\.description) == [])

    let report = try await lisbon.export(to: folder.path + "/b")
    #expect(report.carriesState && report.rows == 1 && report.bytes > 72 << 20)
    let read = try Replica(schema, joining: lisbon.founder)
    _ = try await read.import(from: folder.path + "/b")
    #expect(try read.snapshot.digest == lisbon.snapshot.digest)

    let met = try await Replica.open(
      schema, at: folder.path + "/faro", joining: lisbon.founder, options: options)
    _ = try await met.sync(with: lisbon)
    #expect(try met.snapshot.digest == lisbon.snapshot.digest)
    try await met.close()

    // Nobody makes the row larger still, and everybody may make it smaller.
    await #expect(throws: TransactionError.self) { try await write(20..<21, at: lisbon) }
    for number in 0..<3 {
      try await lisbon.write { [schema] in try $0[schema.books, 1].remove(Book(number)) }
    }
    try await write(21..<22, at: lisbon)
    #expect(try lisbon.snapshot[schema.books, 1]?.count == 7)
    try await lisbon.close()
  }

  /// What would make a row too large is refused by name, and nothing has happened.
  @Test func whatMakesARowTooLargeIsRefused() async throws {
    let lisbon = try Replica(schema)
    try await write(0..<7, at: lisbon)
    let before = try lisbon.snapshot.digest
    let error = await #expect(throws: TransactionError.self) {
      try await write(7..<8, at: lisbon)
    }
    guard case .rowTooLarge("books", "1", let size, RowSize.maximumWritten)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(size > 64 << 20 && size < 65 << 20)
    #expect(try lisbon.snapshot.digest == before)
    try await lisbon.write { [schema] in
      try $0[schema.books, 1].insert(Book(8, size: 1 << 20))
    }
    #expect(try lisbon.snapshot[schema.books, 1]?.count == 8)
  }

  /// What is written over and over is no larger for it.
  @Test func whatIsWrittenInItsPlaceIsNotTooLarge() async throws {
    let lisbon = try Replica(schema)
    for number in 0..<20 {
      try await lisbon.write { [schema] tx in
        try tx[schema.books, 1].insert(Book(number))
        if number > 0 { try tx[schema.books, 1].remove(Book(number - 1)) }
      }
    }
    #expect(try lisbon.snapshot[schema.books, 1]?.count == 1)
  }

  /// A transaction that creates the row anew, or none, begins with nothing.
  @Test func aRowThatIsDeletedHasRoomAgain() async throws {
    let lisbon = try Replica(schema)
    try await write(0..<7, at: lisbon)
    try await lisbon.write { [schema] in try $0[schema.books, 1].delete() }
    try await write(10..<17, at: lisbon)
    await #expect(throws: TransactionError.self) { try await write(17..<18, at: lisbon) }
    #expect(try lisbon.snapshot[schema.books, 1]?.count == 7)
  }
}
