import Foundation
import Merganser
import MerganserDatabase
import MerganserSync
import MerganserLog
import Synchronization
import TestSupport
import Testing

/// Files that carry versions, and state where the log was truncated.
@Suite struct BundleTests {
  let bank = Bank()

  private func pair() throws -> (lisbon: Replica<Bank>, porto: Replica<Bank>) {
    let lisbon = try Replica(bank)
    return (lisbon, try Replica(bank, joining: lisbon.founder))
  }

  private func write(_ names: Range<Int>, at replica: Replica<Bank>) async throws {
    let bank = bank
    for name in names {
      try await replica.write { try $0[bank.accounts, "\(name)"].increment(by: 1) }
    }
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func aBundleBringsWhatIsLackingAndNothingTwice() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, porto) = try pair()
    try await write(0..<30, at: lisbon)
    try await write(30..<40, at: porto)
    let exported = try await lisbon.export(to: folder.path + "/b")
    #expect(exported.versions == 30 && !exported.carriesState)
    #expect(exported.bytes == (try bytes(folder.path + "/b")).count)
    let told = Mutex<[Int]>([])
    let report = try await porto.import(from: folder.path + "/b") { read, all in
      #expect(all == 2 * exported.bytes)
      told.withLock { $0.append(read) }
    }
    // Each frame twice: when it is checked, and when it is taken in.
    let read = told.withLock { $0 }
    #expect(read.count >= 6 && read == read.sorted() && read.last == 2 * exported.bytes)
    #expect(read.contains(exported.bytes))
    #expect(report.received == 30 && report.known == 0 && report.refused.isEmpty)
    let digest = try porto.snapshot.digest
    let again = try await porto.import(from: folder.path + "/b")
    #expect(again.received == 0 && again.known == 30)
    #expect(try porto.snapshot.digest == digest)
    // And the way back, with what is lacking only.
    #expect(
      try await porto.export(to: folder.path + "/c", beyond: lisbon.snapshot.vector).versions == 10)
    try await lisbon.import(from: folder.path + "/c")
    #expect(try lisbon.snapshot.digest == digest)
  }

  @Test func whatComesTooEarlyIsReportedAndWaitsInItsFile() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, porto) = try pair()
    try await write(0..<5, at: lisbon)
    try await lisbon.export(to: folder.path + "/first")
    let vector = lisbon.snapshot.vector
    try await write(5..<9, at: lisbon)
    try await lisbon.export(to: folder.path + "/second", beyond: vector)
    await #expect(throws: BundleError.tooEarly(missing: vector)) {
      try await porto.import(from: folder.path + "/second")
    }
    #expect(porto.snapshot.vector == VersionVector())
    for name in ["first", "second"] { try await porto.import(from: folder.path + "/" + name) }
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
  }

  @Test func aBundleOfATruncatedLogCarriesTheState() async throws {
    let folder = try TemporaryFolder()
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    let porto = try await Replica.open(
      bank, at: folder.path + "/porto", joining: lisbon.founder,
      options: StateTransferTests.options)
    try await write(0..<300, at: lisbon)
    try await write(200..<400, at: porto)
    // One is near, and needs the last versions only.
    let near = try Replica(bank, joining: lisbon.founder)
    let cut = try await waitForTruncation(lisbon)
    let exported = try await lisbon.export(to: folder.path + "/b")
    #expect(exported.carriesState && exported.rows == 300)
    let report = try await porto.import(from: folder.path + "/b")
    #expect(report.tookState && report.received == 0)
    #expect(try porto.snapshot[bank.accounts, "250"]?.value == 2)
    #expect(try porto.snapshot[bank.accounts, "10"]?.value == 1)
    let again = try await porto.import(from: folder.path + "/b")
    #expect(!again.tookState && again.received == 0)
    let memory = try await near.import(from: folder.path + "/b")
    #expect(memory.tookState && cut != VersionVector())
    #expect(try near.snapshot.digest == lisbon.snapshot.digest)
    try await lisbon.export(to: folder.path + "/c", beyond: lisbon.snapshot.vector)
    #expect(try await !near.import(from: folder.path + "/c").tookState)
  }

  private func waitForTruncation(_ replica: Replica<Bank>) async throws -> VersionVector {
    for _ in 0..<200 {
      let truncatedTo = try await replica.greeting().truncatedTo
      if truncatedTo != VersionVector() { return truncatedTo }
      try await Task.sleep(for: .milliseconds(20))
    }
    return VersionVector()
  }

  @Test func bundlesOfOthersAreRefusedByName() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, porto) = try pair()
    let stranger = try Replica(bank)
    try await write(0..<3, at: lisbon)
    try await lisbon.export(to: folder.path + "/b")
    await #expect(
      throws: ReplicationError.otherDatabase(ours: stranger.founder, theirs: lisbon.founder)
    ) { try await stranger.import(from: folder.path + "/b") }
    // Who was this replica before, and knows more of it, is not this one.
    let impostor = try Replica(bank, joining: lisbon.founder, id: lisbon.id)
    await #expect(throws: ReplicationError.sameReplica(lisbon.id)) {
      try await impostor.import(from: folder.path + "/b")
    }
    // Nor is somebody else it who knows more of it: that tells that it was restored, and what to do.
    try await lisbon.sync(with: porto)
    try await porto.export(to: folder.path + "/c")
    await #expect(
      throws: ReplicationError.beyondOwnHistory(origin: lisbon.id, sequence: 3, last: 0)
    ) { try await impostor.import(from: folder.path + "/c") }
    #expect(try await lisbon.import(from: folder.path + "/b").known == 3)
    await #expect(throws: BundleError.self) { try await lisbon.export(to: folder.path + "/b") }
    await #expect(throws: BundleError.self) { try await lisbon.import(from: folder.path) }
  }

  /// A small bundle with a state in it, and a replica's vector that takes it in.
  private func smallBundle(in folder: TemporaryFolder) async throws -> (Replica<Bank>, [UInt8]) {
    let lisbon = try await Replica.open(
      bank, at: folder.path + "/lisbon", options: StateTransferTests.options)
    try await write(0..<120, at: lisbon)
    let cut = try await waitForTruncation(lisbon)
    try await write(120..<123, at: lisbon)
    #expect(cut != VersionVector())
    try await lisbon.export(to: folder.path + "/b")
    return (lisbon, try bytes(folder.path + "/b"))
  }

  @Test func everyTruncationAndFlippedBitIsAnErrorThatChangesNothing() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, whole) = try await smallBundle(in: folder)
    let porto = try Replica(bank, joining: lisbon.founder)
    let path = folder.path + "/damaged"
    func expectRefusal(_ bytes: [UInt8], what: String) async throws {
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do {
        try await porto.import(from: path)
        Issue.record("\(what) was taken in")
      } catch is BundleError {
      } catch { Issue.record("\(what): \(error)") }
    }
    for length in 0..<whole.count
    where length < 400 || length % 17 == 0 || whole.count - length < 60 {
      try await expectRefusal(Array(whole[..<length]), what: "\(length) bytes")
    }
    for place in whole.indices where place < 300 || place % 13 == 0 || whole.count - place < 60 {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      try await expectRefusal(bytes, what: "byte \(place)")
    }
    try await expectRefusal(whole + [0], what: "a byte more")
    try await expectRefusal(whole + whole, what: "two")
    #expect(porto.snapshot.vector == VersionVector())
    try Data(whole).write(to: URL(fileURLWithPath: path))
    #expect(try await porto.import(from: path).tookState)
  }

  @Test func whereNoFileCanBeMadeTheReasonIsTold() async throws {
    let folder = try TemporaryFolder()
    let replica = try Replica(bank)
    for (path, reason) in [
      (folder.path + "/none/a", "there is nothing of this name"),
      (folder.path + "/" + String(repeating: "a", count: 300), "longer than the system allows"),
    ] {
      await #expect {
        try await replica.export(to: path)
      } throws: { error in
        guard case BundleError.file(path, let found) = error else { return false }
        return found.contains(reason)
      }
    }
  }

  /// Bundles of format 1 name their schema by its fingerprint, and have no names before a state.
  @Test func aBundleOfTheFirstFormatIsRead() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, porto) = try pair()
    try await write(0..<3, at: lisbon)
    let whole = await lisbon.state()
    var header = BundleHeader(
      try await lisbon.greeting(), beyond: lisbon.snapshot.vector, carriesState: true)
    var frames = [
      SyncMessage.state(StateHeader(heads: whole.header.heads, time: whole.header.time))
    ]
    for try await part in whole.parts { frames.append(.rows(part)) }
    func bundle(_ name: String) throws -> String {
      var encoder = BundleEncoder()
      var bytes = BundleEncoder.preface
      bytes[8] = 1
      for frame in [.header(header)] + frames + [.end(messages: frames.count + 1)] {
        bytes += try encoder.encode(frame)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name))
      return folder.path + "/" + name
    }
    header.schema = nil
    header.fingerprint ^= 1
    let other = try bundle("other")
    await #expect(throws: ReplicationError.self) { try await porto.import(from: other) }
    header.fingerprint ^= 1
    #expect(try await porto.import(from: try bundle("first")).tookState)
    #expect(try porto.snapshot.digest == lisbon.snapshot.digest)
  }

  @Test func hostileFramesWithSoundChecksumsAreErrors() async throws {
    let folder = try TemporaryFolder()
    let (lisbon, porto) = try pair()
    try await write(0..<3, at: lisbon)
    let greeting = try await lisbon.greeting()
    let path = folder.path + "/hostile"
    func expectRefusal(_ frames: [SyncMessage], change: (inout [UInt8]) -> Void = { _ in })
      async throws
    {
      var encoder = BundleEncoder()
      var bytes = BundleEncoder.preface
      for frame in frames { bytes += try encoder.encode(frame) }
      change(&bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      await #expect(throws: BundleError.self) { try await porto.import(from: path) }
    }
    let header = SyncMessage.header(
      BundleHeader(greeting, beyond: VersionVector(), carriesState: false))
    let state = SyncMessage.state(StateHeader(heads: [:], time: HybridTime(bits: 0)))
    try await expectRefusal([])
    try await expectRefusal([.end(messages: 0)])
    try await expectRefusal([header])
    try await expectRefusal([header, header, .end(messages: 2)])
    try await expectRefusal([header, .end(messages: 7)])
    try await expectRefusal([header, .versions([]), state, .end(messages: 3)])
    try await expectRefusal([
      header, .rows(StatePart(table: "x", behind: nil, last: nil, rows: [])), .end(messages: 2),
    ])
    try await expectRefusal([header, .end(messages: 1), .end(messages: 2)])
    // A length that no file has.
    try await expectRefusal([header, .end(messages: 1)]) { bytes in
      for place in 13..<17 { bytes[place] = 0xFF }
    }
    try await expectRefusal([header, .end(messages: 1)]) { bytes in
      bytes.replaceSubrange(13..<17, with: [0, 0, 0, 3])
    }
    #expect(porto.snapshot.vector == VersionVector())
  }
}
