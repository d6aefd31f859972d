import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

struct Bank: Schema {
  let accounts = Table<String, EscrowCounter>("accounts")
  let owners = Table<String, LWWRegister<String>>("owners")
  let cards = Table<Path<String, Int>, ORSet<String>>("cards")
  let admins = Table<String, GCounter>("admins")
  var floor: Int64 = 0

  var invariants: [any Invariant] {
    Bounds(accounts, in: floor...)
    ForeignKey("an owner's account exists", from: owners, to: accounts, onDelete: .cascade)
    ForeignKey("a card's account exists", from: cards, to: accounts, onDelete: .cascade)
    Check("an owner has a name", on: owners) { _, name in !name.isEmpty }
    Custom("at most two admins", over: [admins]) { try $0.count(Bank().admins) <= 2 }
  }
}

/// Replicas of one database that exchange versions when told to.
struct Cluster {
  var replicas: [Database]
  let schema: Bank
  /// All versions that each committed, as a peer would read them from its log.
  private(set) var logs: [[StoredVersion]]
  var wall = HybridTime(milliseconds: 1_000_000)

  init(_ count: Int, floor: Int64 = 0) throws {
    schema = Bank(floor: floor)
    let catalog = try Catalog(schema)
    let founder = ReplicaID(high: 0, low: 1)
    replicas = (0..<count).map {
      Database(catalog: catalog, replica: ReplicaID(high: 0, low: UInt64($0 + 1)), founder: founder)
    }
    logs = Array(repeating: [], count: count)
  }

  mutating func write(
    _ place: Int, scope: Scope = .everywhere, body: (borrowing Transaction) throws -> Void
  ) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    let (_, version) = try replicas[place].transact(scope: scope, wall: wall, body: body)
    if let version { logs[place].append(version) }
  }

  /// Lets a replica do something that may make a version, and keeps that.
  mutating func transact<Value>(
    _ place: Int,
    body: (inout Database, HybridTime) throws -> (Value, StoredVersion?)
  ) throws -> Value {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    let (value, version) = try body(&replicas[place], wall)
    if let version { logs[place].append(version) }
    return value
  }

  mutating func write(
    _ place: Int, body: (inout Database, HybridTime) throws -> StoredVersion?
  ) throws {
    try transact(place) { ((), try body(&$0, $1)) }
  }

  /// Lets `receiver` take in all that `sender` has taken in, and says what came of it.
  mutating func receive(
    from sender: Int, at receiver: Int
  ) throws -> Database.Reception {
    let reception = try replicas[receiver].receive(logs[sender], wall: wall)
    logs[receiver] += reception.applied
    return reception
  }

  /// Lets `receiver` take in all that `sender` has taken in.
  mutating func send(_ sender: Int, to receiver: Int) throws {
    let reception = try replicas[receiver].receive(logs[sender], wall: wall)
    precondition(reception.refused.isEmpty, "\(reception.refused)")
    logs[receiver] += reception.applied
  }

  mutating func meetAll() throws {
    for _ in 0..<2 {
      for a in replicas.indices { for b in replicas.indices where a != b { try send(a, to: b) } }
    }
  }

  func balance(_ place: Int, account: String) throws -> Int64? {
    try replicas[place].snapshot[schema.accounts, account]?.value
  }
}

extension StoredVersion {
  /// The version as programs wrote it that knew format 1 alone: one replica, no dependencies, no request.
  func ofFormat1() throws -> StoredVersion {
    // Flags and schema stand behind the time.
    var bytes = payload
    try #require(bytes[0] == 2 && bytes[28] == 1 && bytes[45...47] == [0, 0, 0])
    bytes.remove(at: 47)
    bytes.removeSubrange(19..<28)
    bytes[0] = 1
    return try StoredVersion(origin: origin, payload: bytes)
  }
}
