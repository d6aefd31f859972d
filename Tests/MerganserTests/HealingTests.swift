import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A fork that happened is healed: who is on the branch that is not kept begins anew from a healthy replica, and
/// offers what it alone had, under the invariants.
@Suite final class HealingTests {
  private struct Bank: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let notes = Table<String, ORSet<String>>("notes")
    let names = Table<Int, LWWRegister<String>>("names")
    let lines = Table<Path<String, Int>, PNCounter>("lines")
    let tags = Table<String, GSet<String>>("tags")

    var invariants: [any Invariant] {
      Bounds(accounts, in: 0...)
      Unique("a name is one row's", on: names, by: .owner(.founder)) { _, name in name }
      ForeignKey("a line has a note", from: lines, to: notes, onDelete: .cascade)
    }
  }

  private let bank = Bank()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path(of: name) }

  /// A replica in a folder, with the versions of a log and an identity that is given.
  private func store(
    _ name: String, as id: ReplicaID, founder: ReplicaID, of log: any VersionSnapshot
  ) async throws -> Replica<Bank> {
    let catalog = try Catalog(bank)
    let store = try LogStore.create(
      at: path(name),
      identity: StoreIdentity(replica: id, founder: founder, schema: catalog.description))
    var merge = try CausalMerge(log, beyond: VersionVector())
    var vector = VersionVector()
    while let version = try merge.next(after: vector) {
      try store.append([version.stored])
      vector[version.origin] = version.sequences.upperBound
    }
    try store.close()
    return try await Replica.open(bank, at: path(name))
  }

  /// The founder v has two branches: on w's, 100 more; on its own, 100 more that were given to z, which has
  /// spent them.
  private func fork() async throws -> (
    v: Replica<Bank>, w: Replica<Bank>, z: Replica<Bank>, id: ReplicaID
  ) {
    let (accounts, notes) = (bank.accounts, bank.notes)
    let first = try Replica(bank)
    let id = first.id
    try await first.write { tx in
      try tx[accounts, "a"].create()
      try tx[notes, "n"].insert("common")
    }
    let v = try await store("v", as: id, founder: id, of: first.log())
    let w = try await Replica.open(bank, at: path("w"), joining: id)
    let names = bank.names
    try await first.write { try $0[accounts, "a"].increment(by: 100) }
    try await first.write { try $0[names, 7].set("falcon") }
    try await first.sync(with: w)
    let z = try await Replica.open(bank, at: path("z"), joining: id)
    let receiver = z.id
    try await v.write { tx in
      try tx[accounts, "a"].increment(by: 100)
      try tx[accounts, "a"].transfer(100, of: .decrement, to: receiver)
    }
    try await v.sync(with: z)
    try await z.write { try $0[accounts, "a"].decrement(by: 100) }
    return (v, w, z, id)
  }

  private func heal(
    _ name: String, replica: Replica<Bank>, from healthy: Replica<Bank>,
    offering others: Set<ReplicaID> = [], anyway: Bool = false
  ) async throws -> (HealingReport, Replica<Bank>) {
    try await replica.close()
    let report = try await Replica.heal(
      bank, at: path(name), into: path(name + "2"), from: healthy, offering: others, anyway: anyway)
    let healed = try await Replica.open(bank, at: path(name + "2"))
    #expect(healed.id == report.replica)
    return (report, healed)
  }

  private func expectEqual(_ replicas: [Replica<Bank>]) async throws {
    for _ in 0..<2 {
      for one in replicas {
        for other in replicas where one !== other {
          let report = try await one.sync(with: other)
          #expect(report.refused.isEmpty && report.setAside == 0, "\(report.refused)")
        }
      }
    }
    for replica in replicas {
      #expect(try replica.snapshot.digest == replicas[0].snapshot.digest)
      #expect(try replica.snapshot.violations().isEmpty)
    }
    for replica in replicas { try await replica.close() }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      #expect(try LogStore.verify(at: path(name)).findings.isEmpty, "\(name)")
    }
  }

  @Test func aForkIsHealedAndAllEndEqual() async throws {
    let (v, w, z, _) = try await fork()
    let (accounts, notes) = (bank.accounts, bank.notes)
    try await w.write { try $0[notes, "n"].remove("common") }
    try await z.write { try $0[notes, "z"].insert("from z") }
    let (first, v2) = try await heal("v", replica: v, from: w)
    #expect(first.offered == 1 && first.refused.isEmpty)
    #expect(v2.snapshot.cuts.keys.contains(first.left))
    try await v2.sync(with: w)
    let (second, z2) = try await heal("z", replica: z, from: w)
    #expect(second.offered == 2 && second.refused.isEmpty && second.handedOver == 0)
    try await z2.sync(with: v2)
    #expect(try z2.snapshot[accounts, "a"]?.value == 100)
    #expect(try z2.snapshot[notes, "n"]?.contains("common") == false)
    #expect(try z2.snapshot[notes, "z"].map(Array.init) == ["from z"])
    #expect(z2.snapshot.actingFounder == v2.id)
    try await v2.write { try $0[accounts, "a"].decrement(by: 100) }
    try await expectEqual([w, v2, z2])
  }

  /// Who spends what was given on the other branch cannot spend it before that is given again.
  @Test func whatRestsOnOthersIsHealedAfterThem() async throws {
    let (v, w, z, id) = try await fork()
    try await z.close()
    let before = try w.snapshot.digest
    await #expect(throws: HealingError.othersFirst([id: 1])) {
      try await Replica.heal(bank, at: path("z"), into: path("z2"), from: w)
    }
    #expect(!FileManager.default.fileExists(atPath: path("z2")))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.hasPrefix("z2") })
    #expect(try w.snapshot.digest == before)
    // The forked identity's store is lost: its writes are offered by one that has them.
    try await v.close()
    let report = try await Replica.heal(
      bank, at: path("z"), into: path("z2"), from: w, offering: [id])
    // What z was given it is given again, as its own heir.
    #expect(report.offered == 2 && report.refused.isEmpty)
    let z2 = try await Replica.open(bank, at: path("z2"))
    #expect(try z2.snapshot[bank.accounts, "a"]?.value == 100)
    try await expectEqual([w, z2])
  }

  /// A refusal is one version's: what comes after it is offered all the same, and healing again offers nothing
  /// twice.
  @Test func whatIsRefusedIsToldAndNothingIsOfferedTwice() async throws {
    let (v, w, z, _) = try await fork()
    let (names, notes, lines) = (bank.names, bank.notes, bank.lines)
    try await v.write { try $0[names, 1].set("heron") }
    try await v.write { tx in
      try tx[notes, "p"].insert("parent")
      try tx[lines, Path("p", child: 1)].increment(by: 3)
    }
    try await v.write { try $0[lines, Path("p", child: 1)].increment(by: 4) }
    let original = try Replica(bank, joining: v.id)
    try await original.sync(with: w)
    // A name that the branch which is kept has given out, too.
    try await v.write { tx in
      try tx[names, 2].set("falcon")
      try tx[notes, "falcon"].insert("of v")
    }
    let (report, v2) = try await heal("v", replica: v, from: w)
    // The heir of the founder gives names out.
    #expect(report.offered == 4 && report.refused.count == 1)
    let refusal = try #require(report.refused.first)
    #expect(refusal.origin == report.left && refusal.reason.contains("a name is one row's"))
    #expect(refusal.writes.contains { $0.hasPrefix("names 2: ") }, "\(refusal.writes)")
    #expect(try v2.snapshot[names, 2] == nil && v2.snapshot[notes, "falcon"] == nil)
    try await v2.close()
    #expect(report.isSynced)
    let again = try await Replica.heal(bank, at: path("v"), into: path("v3"), from: w)
    // The healthy replica knows what the first one has.
    #expect(again.offered == 0 && again.offeredBefore == 4 && again.refused.count == 1)
    let v3 = try await Replica.open(bank, at: path("v3"))
    let third = try await Replica.heal(bank, at: path("v"), into: path("v4"), from: w)
    #expect(third.offered == 0 && third.offeredBefore == 4 && third.refused.count == 1)
    let v4 = try await Replica.open(bank, at: path("v4"))
    #expect(try v4.snapshot[lines, Path("p", child: 1)]?.value == 7)
    #expect(try v4.snapshot[names, 1]?.value == "heron")
    let (_, z2) = try await heal("z", replica: z, from: v4)
    try await expectEqual([w, try await Replica.open(bank, at: path("v2")), v3, v4, z2])
  }

  /// Who has nothing beyond goes on, and what rests on nothing of the branch is handed over as it is.
  @Test func whatRestsOnNothingOfTheBranchIsHandedOver() async throws {
    let (v, w, z, id) = try await fork()
    let notes = bank.notes
    let x = try Replica(bank, joining: id)
    try await x.write { try $0[notes, "free"].insert("x") }
    try await z.sync(with: x)
    _ = try await heal("v", replica: v, from: w).1.close()
    let v2 = try await Replica.open(bank, at: path("v2"))
    try await v2.sync(with: w)
    let (report, z2) = try await heal("z", replica: z, from: w)
    #expect(report.handedOver == 1)
    #expect(try w.snapshot[notes, "free"].map(Array.init) == ["x"])
    try await expectEqual([w, v2, z2])
  }

  /// What somebody else removed on the branch stays removed, whichever replica offers it.
  @Test func whatWasRemovedOnTheBranchStaysRemoved() async throws {
    let (v, w, z, _) = try await fork()
    let notes = bank.notes
    try await v.write { try $0[notes, "n"].insert("v's") }
    try await v.write { try $0[notes, "row"].insert("of v") }
    try await v.sync(with: z)
    try await z.write { tx in
      try tx[notes, "n"].remove("v's")
      try tx[notes, "row"].delete()
      try tx[notes, "n"].remove("common")
    }
    let (_, v2) = try await heal("v", replica: v, from: w)
    #expect(try v2.snapshot[notes, "row"] != nil)
    try await v2.sync(with: w)
    let (report, z2) = try await heal("z", replica: z, from: w)
    #expect(report.refused.isEmpty)
    #expect(try z2.snapshot[notes, "row"] == nil)
    #expect(try z2.snapshot[notes, "n"]?.isEmpty == true)
    try await expectEqual([w, v2, z2])
  }

  /// The identity that lives on at the healthy replica does not end; its copy becomes another.
  @Test func aCopyLeavesItsOriginal() async throws {
    let notes = bank.notes
    let first = try Replica(bank)
    try await first.write { try $0[notes, "n"].insert("common") }
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    try await first.write { try $0[notes, "n"].insert("first") }
    try await copy.write { try $0[notes, "n"].insert("copy") }
    let (report, healed) = try await heal("copy", replica: copy, from: first)
    #expect(report.offered == 1 && healed.snapshot.cuts.isEmpty)
    try await healed.sync(with: first)
    try await first.write { try $0[notes, "n"].insert("goes on") }
    #expect(try first.snapshot[notes, "n"]?.sorted() == ["common", "copy", "first", "goes on"])
    try await expectEqual([first, healed])
  }

  /// What a log no longer tells is not guessed.
  @Test func aTruncatedLogIsSaidToBe() async throws {
    let (v, w, _, _) = try await fork()
    let notes = bank.notes
    let id = v.id
    try await v.close()
    var options = ReplicaOptions()
    options.checkpointInterval = 1
    options.retention = Retention(history: 0, backlog: 0)
    let again = try await Replica.open(bank, at: path("v"), options: options)
    // The log is truncated beside the writer: until all of it is, it goes on writing.
    for number in 0..<500 {
      let log = try again.log()
      if number > 1, log.truncatedTo[id] == log.heads[id] { break }
      try await again.write { try $0[notes, "n"].insert("\(number)") }
      try await Task.sleep(for: .milliseconds(2))
    }
    try await again.close()
    let log = try LogStore.openForReading(at: path("v"))
    let truncatedTo = try log.snapshot().truncatedTo[id]?.sequence ?? 0
    log.close()
    try #require(truncatedTo > 2)
    let error = await #expect(throws: HealingError.self) {
      try await Replica.heal(bank, at: path("v"), into: path("v2"), from: w)
    }
    #expect("\(String(describing: error))".contains("truncated"))
    let report = try await Replica.heal(
      bank, at: path("v"), into: path("v2"), from: w, anyway: true)
    #expect(report.unknown == [id: truncatedTo])
    let v2 = try await Replica.open(bank, at: path("v2"))
    try await expectEqual([w, v2])
  }

  /// Where the left branch's first version ends beyond all that the healthy replica has of the identity.
  @Test(arguments: [1, 3]) func aBranchOfOneLargeVersionIsABranch(_ later: Int) async throws {
    let notes = bank.notes
    let first = try Replica(bank)
    try await first.write { try $0[notes, "n"].insert("common") }
    let w = try await Replica.open(bank, at: path("w"), joining: first.id)
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    try await first.write { try $0[notes, "n"].insert("first") }
    try await first.sync(with: w)
    for place in 0..<later {
      try await copy.write { tx in
        for number in 0..<5 { try tx[notes, "copy"].insert("\(place) \(number)") }
      }
    }
    await #expect(throws: ReplicationError.self) { try await copy.sync(with: w) }
    let (report, healed) = try await heal("copy", replica: copy, from: w)
    #expect(report.offered == later && report.refused.isEmpty)
    #expect(try healed.snapshot[notes, "copy"]?.count == 5 * later)
    #expect(try healed.snapshot[notes, "n"]?.contains("first") == true)
    try await expectEqual([w, healed])
  }

  /// What the store that is left says of ends of identities does not reach a replica that holds more of these.
  @Test func aHealthyReplicaStaysSo() async throws {
    let notes = bank.notes
    let a = try Replica(bank)
    try await a.write { try $0[notes, "n"].insert("one") }
    let f = try await Replica.open(bank, at: path("f"), joining: a.id)
    let d = try await Replica.open(bank, at: path("d"), joining: a.id)
    for other in [f, d] { try await other.sync(with: a) }
    try await d.succeed(a.id)
    try await d.write { try $0[notes, "d"].insert("d's") }
    try await a.write { try $0[notes, "n"].insert("two") }
    try await a.sync(with: f)
    await #expect(throws: ReplicationError.self) { try await d.sync(with: f) }
    // Nor by a file.
    try await d.export(to: path("d.bundle"))
    _ = try? await f.import(from: path("d.bundle"))
    #expect(f.snapshot.cuts.isEmpty)
    #expect(try await a.sync(with: f).refused.isEmpty)
    let (report, d2) = try await heal("d", replica: d, from: f)
    // The end of an identity is not made again.
    #expect(report.offered == 1 && report.refused.isEmpty, "\(report)")
    #expect(try d2.snapshot[notes, "d"].map(Array.init) == ["d's"])
    #expect(!d2.snapshot.cuts.keys.contains(a.id))
    let g = try Replica(bank, joining: a.id)
    try await g.sync(with: f)
    try await a.write { try $0[notes, "n"].insert("three") }
    for name in ["d.bundle"] { try FileManager.default.removeItem(atPath: path(name)) }
    try await expectEqual([a, f, d2, g])
  }

  /// Writes that come while a store is left would stay behind: nobody has it open meanwhile, here or elsewhere.
  @Test func aStoreThatIsOpenIsNotLeft() async throws {
    let (v, w, _, _) = try await fork()
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    await #expect(throws: StorageError.inUse(path: path("v"))) {
      _ = try await Replica.heal(bank, at: path("v"), into: path("v2"), from: w)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == before)
    try await v.close()
    // What was open for the healing is not any more.
    _ = try await Replica.heal(bank, at: path("v"), into: path("v2"), from: w)
    try await Replica.open(bank, at: path("v")).close()
  }

  /// Two healings of one store would give its rights to two heirs: one is made, and the other told so.
  @Test func aStoreIsLeftOnceAtATime() async throws {
    let (v, w, _, _) = try await fork()
    try await v.close()
    let healings = ["v2", "v3", "v2"].map { place in
      Task { [bank, path = path("v"), place = path(place)] in
        try await Replica.heal(bank, at: path, into: place, from: w)
      }
    }
    var made: [String] = []
    for (place, healing) in zip(["v2", "v3", "v2"], healings) {
      switch await healing.result {
      case .success: made.append(place)
      case .failure(let error): #expect(error is HealingError || error is StorageError, "\(error)")
      }
    }
    #expect(!made.isEmpty && Set(made).count == made.count)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == Set(made + ["v", "w", "z"]))
    var rights: Int64 = 0
    for place in made {
      let healed = try await Replica.open(bank, at: path(place))
      try await healed.sync(with: w)
      #expect(try healed.snapshot.digest == w.snapshot.digest)
      rights +=
        try healed.snapshot.rights(
          of: healed.id, towards: .decrement, in: bank.accounts, key: "a") ?? 0
      try await healed.close()
    }
    // Of the 200 in the account nobody holds more than there are.
    #expect(rights <= 200)
    #expect(try w.snapshot.brokenInvariants().isEmpty)
  }

  @Test func whatIsNotApartIsNotHealed() async throws {
    let first = try Replica(bank)
    let notes = bank.notes
    try await first.write { try $0[notes, "n"].insert("common") }
    let other = try await Replica.open(bank, at: path("other"), joining: first.id)
    try await other.write { try $0[notes, "n"].insert("other") }
    try await other.close()
    await #expect(throws: HealingError.notApart(path: path("other"))) {
      try await Replica.heal(bank, at: path("other"), into: path("other2"), from: first)
    }
    // It was handed over as it is.
    #expect(try first.snapshot[notes, "n"]?.contains("other") == true)
    try FileManager.default.createDirectory(
      atPath: path("there"), withIntermediateDirectories: true)
    await #expect(throws: HealingError.occupied(path: path("there"))) {
      try await Replica.heal(bank, at: path("other"), into: path("there"), from: first)
    }
  }

  /// What a version that is refused wrote to a type without dots does not come with the next one.
  @Test func whatIsRefusedDoesNotComeWithWhatFollows() async throws {
    let (v, w, _, _) = try await fork()
    let (names, tags) = (bank.names, bank.tags)
    try await v.write { tx in
      try tx[names, 2].set("falcon")
      try tx[tags, "t"].insert("refused")
    }
    try await v.write { try $0[tags, "t"].insert("made again") }
    let (report, v2) = try await heal("v", replica: v, from: w)
    #expect(report.refused.count == 1)
    #expect(try v2.snapshot[tags, "t"]?.elements == ["made again"])
    try await expectEqual([w, v2])
  }

  /// A request that both branches committed counts once; what only has its id is made again.
  @Test func aRequestThatTheKeptBranchCommittedIsNotRunAgain() async throws {
    let (accounts, first) = (bank.accounts, try Replica(bank))
    try await first.write { try $0[accounts, "a"].create() }
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    // The branches part here: what both commit in the same millisecond could be one version else.
    let notes = bank.notes
    try await first.write { try $0[notes, "n"].insert("kept") }
    let (home, other, refused) = (first.newRequest(), RequestID(8), RequestID(9))
    for (replica, number) in [(first, UInt64(1)), (copy, 2)] {
      for (request, contents) in [(home, RequestContents(5)), (other, RequestContents(number))] {
        _ = try await replica.write(request: request, contents: contents) {
          try $0[accounts, "a"].increment(by: 5)
        }
      }
    }
    _ = try await first.write(request: refused, recordsRefusal: true) {
      try $0[accounts, "a"].decrement(by: 100)
    }
    _ = try await copy.write(request: refused, recordsRefusal: true) {
      try $0[accounts, "a"].increment(by: 100)
    }
    let (report, healed) = try await heal("copy", replica: copy, from: first)
    let reasons = report.refused.map(\.reason)
    #expect(reasons.count == 1, "\(reasons)")
    let told = "request \(home) was committed on the branch that is kept"
    #expect(reasons.first?.contains(told) == true)
    #expect(report.offered == 2)
    #expect(try healed.snapshot[accounts, "a"]?.value == 115)
    #expect(try healed.snapshot.executedTwice().map(\.request) == [other])
    #expect(try healed.snapshot.outcome(of: refused)?.isCommitted == true)
    try await healed.sync(with: first)
    try await expectEqual([first, healed])
  }

  /// A request that names its home runs there alone, or at its heir: of anybody else other replicas would hold the
  /// version, and all that its author writes behind it.
  @Test func aRequestIsMadeAgainByItsHomeOrItsHeirAlone() async throws {
    for livesOn in [true, false] {
      let (notes, first) = (bank.notes, try Replica(bank))
      try await first.write { try $0[notes, "n"].insert("common") }
      let other = try Replica(bank, joining: first.id)
      try await first.sync(with: other)
      let name = "copy \(livesOn)"
      let copy = try await store(name, as: first.id, founder: first.id, of: first.log())
      try await first.write { try $0[notes, "n"].insert("kept") }
      try await first.sync(with: other)
      let request = copy.newRequest()
      _ = try await copy.write(request: request) { try $0[notes, "n"].insert("asked for") }
      try await copy.write { try $0[notes, "n"].insert("left") }
      let healthy = livesOn ? first : other
      let (report, healed) = try await heal(name, replica: copy, from: healthy)
      #expect(report.offered == (livesOn ? 1 : 2))
      #expect(report.refused.map(\.request) == (livesOn ? [request] : []))
      #expect(
        report.refused.allSatisfy { $0.reason.contains("its home; send it there") },
        "\(report.refused)")
      for replica in livesOn ? [first, other] : [other] {
        let synced = try await healed.sync(with: replica)
        #expect(synced.refused.isEmpty, "\(synced.refused)")
        #expect(try replica.snapshot.digest == healed.snapshot.digest)
      }
      try await healed.close()
    }
  }

  /// A store that left one branch leaves a second one: of a request that names its home, and that it has made again as
  /// the heir, it makes nothing again where the home lives on.
  @Test func whatAnHeirMadeAgainIsLeftToAHomeThatLivesOn() async throws {
    let (notes, first) = (bank.notes, try Replica(bank))
    try await first.write { try $0[notes, "n"].insert("common") }
    let other = try Replica(bank, joining: first.id)
    try await first.sync(with: other)
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    _ = try await copy.write(request: copy.newRequest()) { try $0[notes, "n"].insert("asked for") }
    try await copy.write { try $0[notes, "n"].insert("left") }
    try await first.write { try $0[notes, "n"].insert("kept") }
    try await first.sync(with: other)
    let (report, heir) = try await heal("copy", replica: copy, from: other)
    #expect(report.offered == 2 && heir.snapshot.cuts[first.id]?.heir == heir.id)
    // The home has not ended after all, and has gone on.
    try await first.write { try $0[notes, "n"].insert("beyond") }
    await #expect(throws: ReplicationError.self) { try await heir.sync(with: first) }
    let (second, healed) = try await heal("copy2", replica: heir, from: first)
    #expect(second.offered == 1 && second.refused.count == 1)
    #expect(second.refused.allSatisfy { $0.reason.contains("its home; send it there") })
    try await expectEqual([first, healed])
    #expect(
      try first.snapshot[notes, "n"]?.sorted() == ["beyond", "common", "kept", "left"])
    try await healed.close()
  }

  /// Each branch has its own horizon of requests: what raises it is not made again, as the new store's clock may be behind
  /// it, and others would refuse the version for good.
  @Test func aHorizonIsNotMadeAgain() async throws {
    let (notes, first) = (bank.notes, try Replica(bank))
    try await first.write { try $0[notes, "n"].insert("common") }
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    try await first.write { try $0[notes, "n"].insert("kept") }
    try await Task.sleep(for: .milliseconds(5))
    try await copy.write { try $0[notes, "n"].insert("left") }
    let horizon = try #require(
      try await copy.raiseHorizon(to: copy.snapshot.time, passing: [first.id]))
    try await copy.close()
    var options = ReplicaOptions()
    options.wall = { HybridTime(milliseconds: horizon.milliseconds - 10_000) }
    let other = try Replica(bank, joining: first.id)
    try await other.sync(with: first)
    _ = try await Replica.heal(
      bank, at: path("copy"), into: path("copy2"), from: other, options: options)
    let healed = try await Replica.open(bank, at: path("copy2"))
    try await expectEqual([other, healed])
    #expect(try other.snapshot[notes, "n"]?.sorted() == ["common", "kept", "left"])
    #expect(try other.snapshot.horizon == nil)
    try await healed.close()
  }

  /// The new store's path may end with a slash; the folder that it is in has to be there.
  @Test func thePathOfTheNewStoreIsThatOfAFolder() async throws {
    let (v, w, _, _) = try await fork()
    try await v.close()
    for place in ["nowhere/in", "nowhere/in/", "v/CURRENT/in"] {
      await #expect(throws: HealingError.self) {
        try await Replica.heal(bank, at: path("v"), into: path(place), from: w)
      }
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["v", "w", "z"])
    let report = try await Replica.heal(bank, at: path("v"), into: path("v2") + "//", from: w)
    let v2 = try await Replica.open(bank, at: path("v2"))
    #expect(v2.id == report.replica)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["v", "v2", "w", "z"])
    try await expectEqual([w, v2])
  }

  /// A copy that only fell behind is told at once how it goes on.
  @Test func aCopyThatFellBehindIsToldToBeRenewed() async throws {
    let (first, notes) = (try Replica(bank), bank.notes)
    try await first.write { try $0[notes, "n"].insert("common") }
    let copy = try await store("copy", as: first.id, founder: first.id, of: first.log())
    try await first.write { try $0[notes, "n"].insert("first") }
    let other = try Replica(bank, joining: first.id)
    try await other.sync(with: first)
    try await copy.close()
    for healthy in [first, other] {
      let error = await #expect(throws: HealingError.self) {
        try await Replica.heal(bank, at: path("copy"), into: path("copy2"), from: healthy)
      }
      #expect(error == .outrun(path: path("copy"), identity: first.id))
      #expect("\(String(describing: error))".contains("merganser renew"))
    }
    let log = try LogStore.open(at: path("copy"))
    try log.changeReplica(to: .random())
    try log.close()
    let renewed = try await Replica.open(bank, at: path("copy"))
    try await renewed.sync(with: first)
    #expect(try renewed.snapshot.digest == first.snapshot.digest)
  }
}
