import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// What an earlier program does with what it does not know: it keeps it, hands it on, and breaks nothing of
/// it.
@Suite struct OlderProgramTests {
  let bank = Bank()
  let newer = NewerBank()

  /// Stores rows every few versions, and keeps next to no log.
  var options: ReplicaOptions { StateTransferTests.options }

  /// The schema that a store records.
  func recorded(_ path: String) throws -> SchemaDescription {
    let reading = try LogStore.openForReading(at: path)
    defer { reading.close() }
    return reading.identity.schema
  }

  /// Writes one row of every table.
  func fill(_ replica: Replica<NewerBank>, names: Range<Int>) async throws {
    let newer = newer
    for name in names {
      try await replica.write(.localOnly) { tx in
        try tx[newer.accounts, "\(name)"].increment(by: 5)
        try tx[newer.owners, "\(name)"].set("owner \(name)")
        try tx[newer.notes, "\(name)"].set("note \(name)")
        try tx[newer.tags, Path("\(name)", child: 1)].insert("tag")
        try tx[newer.points, "\(name)"].increment(by: 1)
      }
    }
  }

  /// Waits until the log's beginning is truncated.
  func waitForTruncation<S>(_ replica: Replica<S>) async throws {
    for _ in 0..<500 {
      if try await replica.greeting().truncatedTo != VersionVector() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("nothing was truncated")
  }

  @Test(arguments: [false, true])
  func rowsOfUnknownTablesTravelThroughEarlierPrograms(onDisk: Bool) async throws {
    let folder = try TemporaryFolder()
    func open<S: Schema>(
      _ schema: S, name: String, joining founder: ReplicaID? = nil
    ) async throws -> Replica<S> {
      guard onDisk else {
        let storage = MemoryStorage(checkpointInterval: 2000, retainedVersions: 0)
        return try Replica(schema, joining: founder, storage: storage)
      }
      return try await .open(
        schema, at: folder.path + "/" + name, joining: founder, options: options)
    }
    let lisbon = try await open(newer, name: "lisbon")
    let porto = try await open(bank, name: "porto", joining: lisbon.founder)
    let faro = try await open(bank, name: "faro", joining: lisbon.founder)
    let braga = try await open(newer, name: "braga", joining: lisbon.founder)
    try await porto.write { [bank] in try $0[bank.accounts, "before"].increment(by: 1) }
    try await fill(lisbon, names: 0..<100)
    try await waitForTruncation(lisbon)
    #expect(try await porto.sync(with: lisbon).receivedState)
    // It knows its own rows, and writes on.
    #expect(try porto.snapshot[bank.owners, "7"]?.value == "owner 7")
    for name in 0..<10 {
      try await porto.write { [bank] in try $0[bank.accounts, "\(name)"].delete() }
    }
    try await faro.sync(with: porto)
    try await faro.write { [bank] in try $0[bank.accounts, "50"].increment(by: 1) }
    try await braga.sync(with: faro)
    #expect(try braga.snapshot[newer.notes, "5"] == nil)
    #expect(try braga.snapshot[newer.tags, Path("5", child: 1)] == nil)
    #expect(try braga.snapshot[newer.tags, Path("50", child: 1)].map { Array($0) } == ["tag"])
    #expect(try braga.snapshot[newer.points, "5"]?.value == 1)
    #expect(try braga.snapshot[newer.accounts, "before"]?.value == 1)
    #expect(try braga.snapshot.violations().isEmpty)
    for _ in 0..<2 {
      try await lisbon.sync(with: faro)
      try await porto.sync(with: braga)
      try await braga.sync(with: lisbon)
    }
    let digest = try lisbon.snapshot.digest
    #expect(try porto.snapshot.digest == digest)
    #expect(try faro.snapshot.digest == digest)
    #expect(try braga.snapshot.digest == digest)
    guard onDisk else { return }

    try await faro.compact()
    try await faro.backup(to: folder.path + "/copy")
    for replica in [porto, faro] { try await replica.close() }
    let schema = try Catalog(newer).description
    for name in ["porto", "faro", "copy"] {
      let path = folder.path + "/" + name
      #expect(try recorded(path) == schema)
      #expect(try LogStore.verify(at: path).isSound)
      let again = try await Replica.open(bank, at: path, options: options)
      try await again.write { [bank] in try $0[bank.owners, "60"].set("from \(name)") }
      try await again.close()
      #expect(try recorded(path) == schema)
      let upgraded = try await Replica.open(newer, at: path, options: options)
      #expect(try upgraded.snapshot[newer.notes, "60"]?.value == "note 60")
      #expect(try upgraded.snapshot[newer.owners, "60"]?.value == "from \(name)")
      #expect(try upgraded.snapshot.violations().isEmpty)
      await #expect(throws: InvariantViolation.self) {
        try await upgraded.write(.localOnly) { [newer] in
          try $0[newer.notes, "61"].set("note 60")
        }
      }
      try await lisbon.sync(with: upgraded)
      try await upgraded.close()
    }
  }

  @Test func anEarlierProgramOpensWhatALaterOneWrote() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/lisbon"
    let first = try await Replica.open(newer, at: path, options: options)
    try await fill(first, names: 0..<60)
    try await first.close()
    let schema = try Catalog(newer).description
    let older = try await Replica.open(bank, at: path, options: options)
    #expect(try older.snapshot[bank.accounts, "3"]?.value == 5)
    for name in 0..<60 where name % 3 == 0 {
      try await older.write { [bank] in try $0[bank.accounts, "\(name)"].delete() }
    }
    // The log is truncated, and what is unknown is in the stored rows alone.
    try await waitForTruncation(older)
    try await older.close()
    #expect(try recorded(path) == schema)

    let again = try await Replica.open(newer, at: path, options: options)
    #expect(try again.snapshot.count(newer.notes) == 40 && again.snapshot.count(newer.tags) == 40)
    #expect(try again.snapshot.count(newer.points) == 60)
    // What the earlier program deleted has given its name back, and the others keep theirs.
    try await again.write(.localOnly) { [newer] tx in
      try tx[newer.accounts, "0"].increment(by: 1)
      try tx[newer.notes, "0"].set("note 3")
    }
    await #expect(throws: InvariantViolation.self) {
      try await again.write(.localOnly) { [newer] in try $0[newer.notes, "1"].set("note 4") }
    }
    #expect(try again.snapshot.violations().isEmpty)
    try await again.close()
  }

  @Test func aVersionIsNotTakenInBeforeTheSchemaThatItNeeds() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(newer)
    let path = folder.path + "/porto"
    let porto = try await Replica.open(bank, at: path, joining: lisbon.founder)
    try await fill(lisbon, names: 0..<3)
    for try await batch in lisbon.versions(beyond: VersionVector()) {
      let reception = try await porto.apply(batch)
      #expect(reception.applied.isEmpty)
      #expect(
        reception.refused == [.unknownTable(origin: lisbon.id, sequence: 1, table: "notes")])
    }
    await #expect(throws: ReplicationError.self) { try await porto.adopt(await lisbon.state()) }
    #expect(porto.snapshot.vector == VersionVector())
    #expect(try recorded(path) == Catalog(bank).description)
    // As a later schema it is recorded before anything else comes, and nothing is dropped again.
    try await porto.grow(to: Catalog(newer).description)
    #expect(try recorded(path) == Catalog(newer).description)
    try await porto.grow(to: Catalog(bank).description)
    #expect(try recorded(path) == Catalog(newer).description)
    try await porto.sync(with: lisbon)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
  }

  @Test func writesGoOnWhileTheSchemaGrows() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try Replica(newer)
    try await fill(lisbon, names: 0..<20)
    var options = options
    options.retention = Retention()  // No truncation comes between the greeting and the versions.
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { [bank] in
          for _ in 0..<50 {
            try await porto.write { try $0[bank.accounts, "task \(task)"].increment(by: 1) }
          }
        }
      }
      group.addTask { try await porto.sync(with: lisbon) }
      try await group.waitForAll()
    }
    try await porto.sync(with: lisbon)
    for task in 0..<8 {
      #expect(try lisbon.snapshot[newer.accounts, "task \(task)"]?.value == 50)
    }
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
  }

  /// A state is adopted under the schema that there is when all of it has come.
  @Test func aSchemaThatGrowsWhileAStateComesIsKept() async throws {
    let folder = try TemporaryFolder()
    let (path, schema) = (folder.path + "/porto", try Catalog(newer).description)
    let lisbon = try Replica(bank)
    try await lisbon.write { [bank] in try $0[bank.accounts, "a"].increment(by: 1) }
    let porto = try await Replica.open(bank, at: path, joining: lisbon.founder, options: options)
    let whole = await lisbon.state()
    var parts: [StatePart] = []
    for try await part in whole.parts { parts.append(part) }
    let open = Mutex(parts[...])
    let grows = AsyncThrowingStream<StatePart, any Error> {
      if let part = open.withLock({ $0.popFirst() }) { return part }
      try await porto.grow(to: schema)
      return nil
    }
    try await porto.adopt(StateStream(header: whole.header, parts: grows))
    #expect(porto.snapshot.vector == lisbon.snapshot.vector)
    #expect(try recorded(path) == schema)
    try await porto.compact()
    #expect(try porto.snapshot[bank.accounts, "a"]?.value == 1)
    try await porto.close()
    #expect(try recorded(path) == schema)
  }

  @Test func bundlesCarryTheSchema() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(newer, at: folder.path + "/lisbon", options: options)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder, options: options)
    try await fill(lisbon, names: 0..<60)
    for name in 100..<200 {
      try await porto.write { [bank] in try $0[bank.accounts, "\(name)"].increment(by: 1) }
    }
    try await waitForTruncation(lisbon)
    try await waitForTruncation(porto)
    // The state of one that knows no notes leaves those that are here.
    #expect(try await porto.export(to: folder.path + "/old").carriesState)
    #expect(try await lisbon.import(from: folder.path + "/old").tookState)
    #expect(try lisbon.snapshot.count(newer.notes) == 60)
    #expect(try lisbon.snapshot[newer.accounts, "100"]?.value == 1)
    // And that of one that knows them brings their schema.
    #expect(try await lisbon.export(to: folder.path + "/new").carriesState)
    #expect(try await porto.import(from: folder.path + "/new").tookState)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
    try await porto.close()
    #expect(try recorded(folder.path + "/porto") == Catalog(newer).description)
    let upgraded = try await Replica.open(newer, at: folder.path + "/porto", options: options)
    #expect(try upgraded.snapshot.count(newer.tags) == 60)
    try await upgraded.close()
    try await lisbon.close()
  }

  @Test func storesThatNobodyHasOpenMeetAsWell() async throws {
    let folder = try TemporaryFolder()
    let (one, two) = (folder.path + "/lisbon", folder.path + "/porto")
    let lisbon = try await Replica.open(newer, at: one)
    try await Replica.open(bank, at: two, joining: lisbon.founder).close()
    try await fill(lisbon, names: 0..<5)
    try await lisbon.close()
    let stores = try [LogStore.open(at: one), LogStore.open(at: two)]
    #expect(try await sync(StorePeer(stores[0]), with: StorePeer(stores[1])).sent == 5)
    for store in stores { try store.close() }
    #expect(try recorded(two) == Catalog(newer).description)
    let porto = try await Replica.open(bank, at: two)
    #expect(try porto.snapshot[bank.accounts, "4"]?.value == 5)
    try await porto.close()
  }
}
