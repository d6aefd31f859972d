import Merganser
import MerganserDatabase

/// Versions that come before what they depend on: they wait, and are applied once that has come.
struct WaitingVersions: Schema {
  let texts = Table<Int, LWWRegister<String>>("texts")

  private static let founder = ReplicaID(high: 0, low: 1)
  private static let wall = HybridTime(milliseconds: 1)
  /// Most versions that come together have so many with them.
  private static let batch = 200

  private func database(_ replica: ReplicaID) throws -> Database {
    Database(catalog: try Catalog(self), replica: replica, founder: Self.founder)
  }

  /// A version of about 1 KB.
  private func version(of database: inout Database, number: Int) throws -> StoredVersion? {
    try database.transact(wall: Self.wall) { tx in
      try tx[texts, number % 100].set("\(number)" + String(repeating: "x", count: 900))
    }.version
  }

  /// One origin's versions, each of which depends on the one before.
  private func chain(_ count: Int) throws -> [StoredVersion] {
    var origin = try database(ReplicaID(high: 0, low: 2))
    return try (0...count).compactMap { try version(of: &origin, number: $0) }
  }

  /// A version, and so many of a hundred other origins, whose first ones depend on it.
  private func star(_ count: Int) throws -> [StoredVersion] {
    var origin = try database(ReplicaID(high: 0, low: 2))
    let first = [try version(of: &origin, number: 0)].compactMap { $0 }
    return try (1...100).reduce(into: first) { versions, number in
      var other = try database(ReplicaID(high: UInt64(number), low: 3))
      _ = try other.receive(first, wall: Self.wall)
      for _ in 0..<count / 100 {
        versions += [try version(of: &other, number: number)].compactMap { $0 }
      }
    }
  }

  /// The seconds that a database takes to let all versions but the first wait, and to apply them when the
  /// first comes.
  private func time(_ versions: [StoredVersion]) throws -> Double {
    var database = try database(Self.founder)
    let rest = versions.dropFirst()
    return try seconds {
      for start in stride(from: rest.startIndex, to: rest.endIndex, by: Self.batch) {
        let batch = rest[start..<min(start + Self.batch, rest.endIndex)]
        _ = try database.receive(Array(batch), wall: Self.wall)
      }
      guard database.waitingCount == rest.count else { throw Forgotten() }
      _ = try database.receive(Array(versions.prefix(1)), wall: Self.wall)
      guard database.waitingCount == 0 else { throw Forgotten() }
    }
  }

  /// There was no room for a version, or it was not applied.
  private struct Forgotten: Error {}

  /// Prints what versions of 1 KB take to wait and to be applied; there is room for about 50,000.
  static func run() throws {
    let schema = WaitingVersions()
    let sizes = [3000, 12_000, 48_000]
    print("so many versions of 1 KB that wait, and are applied:")
    func measure(_ work: String, make: (Int) throws -> [StoredVersion]) throws {
      var made: [Int: [StoredVersion]] = [:]
      for size in sizes { made[size] = try make(size) }
      try growth(work, sizes: sizes) { try schema.time(made[$0] ?? []) }
    }
    try measure("each for the one before", make: schema.chain)
    try measure("of a hundred origins, for the same one", make: schema.star)
  }
}
