import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Well-formed versions with whatever rows, among those of replicas that keep the invariants.
///
/// Two honest replicas write and take in what there is; two others write any bytes. Then the same versions reach
/// others in other orders and by other roads: all of these come to the same state, what one applied no other refuses
/// for good, and nothing honest is refused.
package enum FuzzedDeltas: FuzzedPart {
  package static let name = "deltas"

  package static func seeds() throws -> [[UInt8]] {
    let honest = try [8, 20, 40].flatMap { steps in
      let versions = try FuzzHouse.history(steps)
      // All of them as if they were those of a replica that keeps no invariants, and a few beside honest ones.
      return try [seed(versions, actions: 0), seed(versions.suffix(3), actions: 6)]
        + versions.suffix(4).map { try seed([$0], actions: 3) }
    }
    return try honest + FuzzHouse.removals().map { try seed($0, actions: 0, namesWhatItSaw: false) }
  }

  /// The bytes that make a world write the given versions: those of others than the two that keep no invariants
  /// as if they were the first one's.
  private static func seed(
    _ versions: some Collection<StoredVersion>, actions: Int, namesWhatItSaw: Bool = true
  ) throws -> [UInt8] {
    let tables = try FuzzHouse.catalog.get().tables.map(\.name)
    var writer = ByteWriter()
    for action in 0..<actions {
      writer.put(action % 2 == 0 ? 0 : 1)
      writer.put(action)
      writer.put(action * 3)
    }
    for version in versions {
      let read = try version.decoded()
      let origin = max(2, replicas.firstIndex(of: version.origin) ?? 0)
      writer.put(2)
      writer.put(origin - 2)
      writer.put(Int(version.sequences.count) - 1)
      // Just after the stamps that are in it.
      writer.put(101)
      writer.put(namesWhatItSaw ? 4 : 5)
      writer.put(read.replicas.count)
      // Its origin's own dots are those of the replica that it is now said to be of.
      for replica in read.replicas {
        writer.put(replica == version.origin ? origin : replicas.firstIndex(of: replica) ?? 0)
      }
      let writes = Array(read.writes.prefix(7))
      writer.put(writes.count)
      for write in writes {
        writer.put(tables.firstIndex(of: write.table) ?? 0)
        writer.put(write.key)
        writer.put(write.delta)
      }
    }
    return writer.bytes
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    do {
      var world = try World()
      var reader = ByteReader(bytes)
      for _ in 0..<24 where !reader.isAtEnd { try world.step(&reader) }
      try world.check()
    } catch let error as Divergence {
      throw error
    } catch {
      throw Divergence("\(error)")
    }
  }

  private struct World {
    let catalog: Catalog
    var honest: [Database]
    var versions: [StoredVersion] = []
    /// The last version of each replica that keeps no invariants.
    var heads: [ReplicaID: Head] = [:]

    init() throws {
      let catalog = try FuzzHouse.catalog.get()
      self.catalog = catalog
      honest = replicas.prefix(2).map {
        Database(catalog: catalog, replica: $0, founder: replicas[0])
      }
    }

    mutating func step(_ reader: inout ByteReader) throws {
      switch reader.number(below: 4) {
      case 0:
        let (number, choice) = (reader.number(below: 2), Int(reader.byte()))
        let done = try? honest[number].transact(
          scope: choice % 2 == 0 ? .everywhere : .localOnly, wall: FuzzHouse.wall
        ) {
          try FuzzHouse.house.act($0, kind: choice % FuzzHouse.kinds, number: choice)
        }
        if let version = done?.version {
          versions.append(version)
          tell("deltas: an honest commit")
        }
      case 1:
        _ = try honest[reader.number(below: 2)].receive(versions, wall: FuzzHouse.wall)
      default: write(&reader)
      }
      #if DEBUG
        for database in honest { try database.checkInvariants() }
      #endif
    }

    /// A version that any program could have written.
    private mutating func write(_ reader: inout ByteReader) {
      let origin = replicas[2 + reader.number(below: 2)]
      let first = (heads[origin]?.sequence ?? 0) + 1
      let last = first + UInt64(reader.number(below: 8))
      let time = HybridTime(milliseconds: 900 + UInt64(reader.byte()))
      let flags = reader.byte()
      var links: [ReplicaID: Dependency] = [:]
      if flags & 1 == 0 {
        for version in versions where version.origin != origin {
          links[version.origin] = Dependency(
            origin: version.origin, sequence: version.head.sequence, hash: version.hash)
        }
      }
      let names = (0..<reader.number(below: 5)).map { _ in replicas[reader.number(below: 4)] }
      let writes = (0..<reader.number(below: 8)).map { _ in
        RowDelta(
          table: catalog.tables[reader.number(below: catalog.tables.count)].name,
          key: reader.bytes(), delta: reader.bytes())
      }
      let version = StoredVersion(
        origin: origin, sequences: first...last, time: time,
        terms: VersionTerms(
          schema: flags & 2 == 0 ? catalog.fingerprint : 7,
          scope: flags & 4 == 0 ? .everywhere : .localOnly),
        dependencies: Array(links.values), previousHash: heads[origin]?.hash ?? 0,
        replicas: names.isEmpty ? replicas : names, writes: writes)
      versions.append(version)
      heads[origin] = version.head
    }

    /// Brings all versions to more replicas, to each by another road.
    func check() throws {
      let half = versions.count / 2
      let (early, late) = (Array(versions[..<half]), Array(versions[half...]))
      var receivers = [
        try receiver(0, of: versions.map { [$0] }), try receiver(1, of: [versions.reversed()]),
        try receiver(2, of: [late, early]), try receiver(3, of: [relayed(), versions]),
      ]
      // The first half comes as a state of somebody else's.
      var other = try receiver(4, of: [early]).database
      var fifth = try receiver(5, of: [late]).database
      try hand(over: other, to: &fifth)
      receivers.append(try offered([versions], to: &fifth))
      receivers.append(try offered([versions], to: &other))
      if receivers.contains(where: { $0.database.waitingCount > 0 }) {
        tell("deltas: a version that waits to the end")
      }
      let digest = try receivers[0].database.snapshot.digest
      let refused = receivers.reduce(into: Set<Dot>()) { $0.formUnion($1.refusedForGood) }
      for receiver in receivers {
        let heads = receiver.database.heads
        try expect(
          heads == receivers[0].database.heads, what: "two roads of the same versions apply others")
        try expect(
          try receiver.database.snapshot.digest == digest,
          what: "two roads of the same versions differ")
        try expect(
          refused.allSatisfy { $0.sequence > heads[$0.replica]?.sequence ?? 0 },
          what: "what one applied another refuses for good")
        for replica in replicas.prefix(2) {
          let last = versions.last { $0.origin == replica }
          try expect(heads[replica] == last?.head, what: "an honest version is not applied")
        }
      }
      try checkRecovery(of: receivers[0].applied, digest: digest)
      var third = Database(
        catalog: catalog, replica: ReplicaID(high: 1, low: 9), founder: replicas[0])
      try hand(over: receivers[0].database, to: &third)
      try expect(try third.snapshot.digest == digest, what: "a state is another at its receiver")
    }

    private struct Receiver {
      var database: Database
      var applied: [StoredVersion] = []
      /// The first writes of the versions that no other replica of this program may apply.
      var refusedForGood: Set<Dot> = []
    }

    private func receiver(_ number: UInt64, of batches: [[StoredVersion]]) throws -> Receiver {
      var database = Database(
        catalog: catalog, replica: ReplicaID(high: 1, low: number), founder: replicas[0])
      return try offered(batches, to: &database)
    }

    /// Offers versions to a replica; what is refused for now is offered again.
    private func offered(
      _ batches: [[StoredVersion]], to database: inout Database
    ) throws -> Receiver {
      var (applied, refused) = ([StoredVersion](), Set<Dot>())
      for batch in batches + batches {
        let reception = try database.receive(batch, wall: FuzzHouse.wall)
        applied += reception.applied
        for version in reception.applied where !replicas.prefix(2).contains(version.origin) {
          tell("deltas: a liar's version that is applied")
        }
        #if DEBUG
          try database.checkInvariants()
        #endif
        for error in reception.refused {
          tell("deltas: \(Mirror(reflecting: error).children.first?.label ?? "\(error)")")
          switch error {
          case .malformed(let origin, let sequence, _),
            .breaksInvariant(let origin, let sequence, _, _):
            refused.insert(Dot(origin, sequence: sequence))
          default: break
          }
        }
      }
      return Receiver(database: database, applied: applied, refusedForGood: refused)
    }

    /// What a replica hands on whose program keeps no invariants, in the order in which it took it in.
    private func relayed() throws -> [StoredVersion] {
      var relay = Database(
        catalog: try FuzzHouse.lawless.get(), replica: ReplicaID(high: 1, low: 8),
        founder: replicas[0])
      return try relay.receive(versions.reversed(), wall: FuzzHouse.wall).applied
    }

    private func hand(over sender: Database, to receiver: inout Database) throws {
      var transfer = StateTransfer(sender.snapshot)
      try receiver.beginAdoption(of: transfer.header, wall: FuzzHouse.wall)
      while let part = try transfer.next() { try receiver.adopt(part) }
      _ = try receiver.completeAdoption()
      tell("deltas: an adoption")
    }

    /// What was applied is read back from a storage.
    private func checkRecovery(of applied: [StoredVersion], digest: UInt64) throws {
      let storage = MemoryStorage()
      try storage.append(applied)
      var reopened = Database(
        catalog: catalog, replica: ReplicaID(high: 1, low: 0), founder: replicas[0])
      try reopened.recover(from: storage.snapshot())
      try expect(
        try reopened.snapshot.digest == digest, what: "what was applied is read back otherwise")
    }
  }
}
