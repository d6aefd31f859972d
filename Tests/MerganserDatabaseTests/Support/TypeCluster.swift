import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// A schema of one table of a type.
struct OneTable<Value: Replicated>: Schema {
  let rows = Table<Int, Value>("rows")
}

/// Three replicas of a database of one table, of which one row is used.
struct TypeCluster<Value: Replicated> {
  let schema = OneTable<Value>()
  private(set) var replicas: [Database]
  private(set) var logs: [[StoredVersion]]
  private(set) var wall = HybridTime(milliseconds: 1000)
  /// The time of the version that was written last.
  private(set) var time = HybridTime.zero

  init(_: Value.Type, as numbers: [UInt64] = [1, 2, 3]) throws {
    let catalog = try Catalog(schema)
    let founder = ReplicaID(high: 0, low: 1)
    replicas = numbers.map {
      Database(catalog: catalog, replica: ReplicaID(high: 0, low: $0), founder: founder)
    }
    logs = Array(repeating: [], count: numbers.count)
  }

  mutating func write(_ place: Int, body: (Item<Int, Value>) throws -> Void) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    let rows = schema.rows
    let version = try replicas[place].transact(wall: wall) { try body($0[rows, 1]) }.version
    guard let version else { return }
    logs[place].append(version)
    let decoded = try version.decoded()
    time = decoded.time
    for write in decoded.writes {
      let delta = try decoded.delta(of: write, as: Value.Store.self)
      #expect(Self.hasOneHomePerDot(delta.store.incarnations.map(\.store)), "\(Value.typeName)")
    }
  }

  /// Gives the first replica, which holds nothing, a row of one creation with a store that others may have
  /// written, as part of a state.
  mutating func hold(_ store: Value.Store) throws {
    let creator = ReplicaID(high: 0, low: 98)
    let row = BinaryEncoder.standalone { encoder in
      encoder.encode(count: 1)
      Dot(creator, sequence: 1).encode(to: &encoder)
      [Dot]().encode(to: &encoder)
      store.encode(to: &encoder)
    }
    var heads = [creator: Head(sequence: 1, hash: 1)]
    for number in 1...3 {
      heads[ReplicaID(high: 0, low: UInt64(number))] = Head(sequence: 1000, hash: 1)
    }
    var transfer = StateTransfer(replicas[0].snapshot)
    let header = StateHeader(heads: heads, time: wall, tables: transfer.header.tables)
    try replicas[0].beginAdoption(of: header, wall: wall)
    while var part = try transfer.next() {
      if part.table == schema.rows.name {
        part.rows = [StatePart.Row(key: 1.keyEncoded(), bytes: row)]
      }
      try replicas[0].adopt(part)
    }
    _ = try replicas[0].completeAdoption()
  }

  /// Lets all replicas take in all that there is.
  mutating func exchange() throws {
    for _ in replicas.indices {
      for (from, to) in replicas.indices.flatMap({ from in replicas.indices.map { (from, $0) } })
      where from != to {
        try give(from: from, to: to)
      }
    }
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
    }
  }

  /// Lets one replica take in all that another one has.
  mutating func give(from: Int, to: Int) throws {
    let reception = try replicas[to].receive(logs[from], wall: wall)
    #expect(reception.refused.isEmpty)
    logs[to] += reception.applied
  }

  func value(_ place: Int) throws -> Value? { try replicas[place].snapshot[schema.rows, 1] }

  /// What each of the row's creations holds.
  private func stores(_ place: Int) throws -> [Value.Store] {
    try replicas[place].snapshot.state.tables.flatMap {
      try $0.row(1.keyEncoded(), as: Value.Store.self)?.incarnations.map(\.store) ?? []
    }
  }

  /// Whether what lives by a dot lives in one of the row's creations.
  func hasOneHomePerDot(_ place: Int) throws -> Bool { Self.hasOneHomePerDot(try stores(place)) }

  private static func hasOneHomePerDot(_ stores: [Value.Store]) -> Bool {
    var homes: [Dot: Int] = [:]
    for (home, store) in stores.enumerated() {
      var isShared = false
      store.forEachDot { dot in
        if let other = homes.updateValue(home, forKey: dot), other != home { isShared = true }
      }
      if isShared { return false }
    }
    return true
  }

  /// What the row's creations show together, as the store of one: their join, or what their type makes of them.
  func store(_ place: Int, joining: Bool) throws -> Value.Store? {
    let stores = try stores(place)
    guard var store = stores.first else { return nil }
    for other in stores.dropFirst() {
      if joining {
        store.merge(other, seen: CausalContext(), otherSeen: CausalContext())
      } else {
        Value.unite(&store, with: other, for: .reading)
      }
    }
    return store
  }
}
