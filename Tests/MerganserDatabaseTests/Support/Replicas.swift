import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Three replicas of a database that exchange versions when told to.
struct Replicas<S: Schema> {
  private(set) var replicas: [Database]
  private(set) var logs: [[StoredVersion]] = [[], [], []]
  private var wall = HybridTime(milliseconds: 1000)

  init(_ schema: S) throws {
    let catalog = try Catalog(schema)
    replicas = (1...3).map {
      Database(
        catalog: catalog, replica: ReplicaID(high: 0, low: $0), founder: ReplicaID(high: 0, low: 1))
    }
  }

  mutating func write(_ place: Int, body: (borrowing Transaction) throws -> Void) throws {
    wall = HybridTime(milliseconds: wall.milliseconds + 1)
    if let version = try replicas[place].transact(wall: wall, body: body).version {
      logs[place].append(version)
    }
  }

  mutating func send(_ sender: Int, to receiver: Int) throws {
    let reception = try replicas[receiver].receive(logs[sender], wall: wall)
    #expect(reception.refused.isEmpty)
    logs[receiver] += reception.applied
  }

  mutating func exchange() throws {
    for _ in 0..<2 {
      for from in 0..<3 { for to in 0..<3 where to != from { try send(from, to: to) } }
    }
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
    }
  }

  /// Lets each replica write apart, and gives what each has after the others' writes in every order.
  mutating func inEveryOrder(
    _ bodies: [(borrowing Transaction) throws -> Void]
  ) throws -> [Snapshot] {
    for (place, body) in bodies.enumerated() { try write(place, body: body) }
    let versions = logs.compactMap(\.last)
    var ends: [Snapshot] = []
    for replica in replicas {
      for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        var copy = replica
        for place in order {
          let reception = try copy.receive([versions[place]], wall: wall)
          #expect(reception.refused.isEmpty)
        }
        let snapshot = copy.snapshot
        #expect(try snapshot.violations().isEmpty)
        ends.append(snapshot)
      }
    }
    for end in ends { #expect(try end.digest == ends[0].digest) }
    return ends
  }
}
