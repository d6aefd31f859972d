import MerganserTypes
@testable import MerganserDatabase
@testable import MerganserModel

/// A state with whatever header and rows, taken in by a replica that has a history.
package enum FuzzedState: FuzzedPart {
  package static let name = "state"

  package static func seeds() throws -> [[UInt8]] {
    try [4, 12, 30, 60].map { steps in
      var database = Database(
        catalog: try FuzzHouse.catalog.get(), replica: replicas[3], founder: replicas[0])
      _ = try database.receive(try FuzzHouse.history(steps), wall: FuzzHouse.wall)
      var transfer = StateTransfer(database.snapshot)
      var writer = ByteWriter()
      writer.put(steps)
      writer.put(transfer.header.binaryEncoded())
      while let part = try transfer.next() {
        let rows = part.rows.prefix(5)
        writer.put(rows.count)
        for row in rows {
          writer.put(row.key)
          writer.put(row.bytes)
        }
      }
      return writer.bytes
    }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    do {
      try check(bytes)
    } catch let error as Divergence {
      throw error
    } catch {
      throw Divergence("\(error)")
    }
  }

  private static func check(_ bytes: [UInt8]) throws {
    let catalog = try FuzzHouse.catalog.get()
    var reader = ByteReader(bytes)
    let history = try FuzzHouse.history(reader.number(below: 24))
    guard let header = try? StateHeader(binaryEncoded: reader.bytes()) else { return }
    let parts = catalog.parentsFirst.map { number in
      StatePart(
        table: catalog.tables[number].name, behind: nil, last: nil,
        rows: (0..<reader.number(below: 6)).map { _ in
          StatePart.Row(key: reader.bytes(), bytes: reader.bytes())
        })
    }
    var receiver = Database(catalog: catalog, replica: replicas[3], founder: replicas[0])
    _ = try receiver.receive(history, wall: FuzzHouse.wall)
    let before = try receiver.snapshot.digest
    var copy = receiver
    do {
      try copy.beginAdoption(of: header, wall: FuzzHouse.wall)
      for part in parts where header.tables?.contains(part.table) ?? true { try copy.adopt(part) }
      _ = try copy.completeAdoption()
    } catch let error as StorageError {
      throw error
    } catch {
      tell("state: one that is refused")
      return try expect(
        try receiver.snapshot.digest == before, what: "a refused state changes rows")
    }
    #if DEBUG
      try copy.checkInvariants()
    #endif
    tell("state: one that is adopted")
    // Where nothing is held yet, the times are from no nearer a future than here.
    let wall = copy.snapshot.time
    // What came of it is a state like any other: it is handed on, read and written.
    let digest = try copy.snapshot.digest
    var transfer = StateTransfer(copy.snapshot)
    var third = Database(
      catalog: catalog, replica: ReplicaID(high: 1, low: 9), founder: replicas[0])
    try third.beginAdoption(of: transfer.header, wall: wall)
    while let part = try transfer.next() { try third.adopt(part) }
    _ = try third.completeAdoption()
    try expect(try third.snapshot.digest == digest, what: "a state is another at its next receiver")
    var twice = copy
    var again = StateTransfer(third.snapshot)
    try twice.beginAdoption(of: again.header, wall: wall)
    while let part = try again.next() { try twice.adopt(part) }
    _ = try twice.completeAdoption()
    #if DEBUG
      try twice.checkInvariants()
    #endif
    try expect(try twice.snapshot.digest == digest, what: "a state that is known changes rows")
    for number in 0..<FuzzHouse.kinds {
      _ = try? copy.transact(scope: .localOnly, wall: FuzzHouse.wall) {
        try FuzzHouse.house.act($0, kind: number, number: number)
      }
    }
  }
}
