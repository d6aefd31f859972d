import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import TestSupport
import Testing

/// A founder that is lost for good: its rights and its minting go on at its heir, and what it wrote beyond the
/// cut counts nowhere.
@Suite struct SuccessionTests {
  private struct Bank: Schema {
    let accounts = Table<String, EscrowCounter>("accounts")
    let notes = Table<String, ORSet<String>>("notes")

    var invariants: [any Invariant] { Bounds(accounts, in: 0...1000) }
  }

  private let bank = Bank()

  private func three() async throws -> (Replica<Bank>, Replica<Bank>, Replica<Bank>) {
    let founder = try Replica(bank)
    let heir = try Replica(bank, joining: founder.founder)
    let third = try Replica(bank, joining: founder.founder)
    let accounts = bank.accounts
    try await founder.write { try $0[accounts, "a"].increment(by: 100) }
    for other in [heir, third] { try await founder.sync(with: other) }
    return (founder, heir, third)
  }

  @Test func rightsAndMintingGoOnAtTheHeir() async throws {
    let (founder, heir, third) = try await three()
    let accounts = bank.accounts
    await #expect(throws: InvariantViolation.self) {
      try await heir.write { try $0[accounts, "a"].decrement(by: 1) }
    }
    try await heir.succeed(founder.id)
    #expect(heir.snapshot.actingFounder == heir.id)
    // What the founder held to spend: 100 down, and 900 up.
    try await heir.write { try $0[accounts, "a"].decrement(by: 60) }
    try await heir.write { try $0[accounts, "b"].increment(by: 1000) }
    await #expect(throws: InvariantViolation.self) {
      try await heir.write { try $0[accounts, "a"].decrement(by: 41) }
    }
    await #expect(throws: InvariantViolation.self) {
      try await heir.write { try $0[accounts, "b"].increment(by: 1) }
    }
    try await heir.sync(with: third)
    let thirdID = third.id
    try await heir.write { try $0[accounts, "a"].transfer(40, of: .decrement, to: thirdID) }
    try await heir.sync(with: third)
    try await third.write { try $0[accounts, "a"].decrement(by: 40) }
    try await third.sync(with: heir)
    for replica in [heir, third] {
      #expect(try replica.snapshot[accounts, "a"]?.value == 0)
      #expect(try replica.snapshot[accounts, "b"]?.value == 1000)
      #expect(try replica.snapshot.violations().isEmpty)
      #expect(replica.snapshot.cuts.keys.elementsEqual([founder.id]))
    }
    #expect(try heir.snapshot.digest == third.snapshot.digest)
  }

  /// What is given to the ended identity by who does not know better counts to the heir, once.
  @Test func giftsThatComeLaterCountToTheHeir() async throws {
    let (founder, heir, third) = try await three()
    let accounts = bank.accounts
    let (founderID, thirdID) = (founder.id, third.id)
    try await founder.write {
      try $0[accounts, "a"].transfer(30, of: .decrement, to: thirdID)
    }
    try await founder.sync(with: third)
    try await third.sync(with: heir)
    try await third.write {
      try $0[accounts, "a"].transfer(10, of: .decrement, to: founderID)
    }
    try await heir.succeed(founderID)
    #expect(
      try heir.snapshot.rights(of: heir.id, towards: .decrement, in: accounts, key: "a") == 70)
    try await third.sync(with: heir)
    for replica in [heir, third] {
      let snapshot = replica.snapshot
      #expect(try snapshot.rights(of: heir.id, towards: .decrement, in: accounts, key: "a") == 80)
      #expect(try snapshot.rights(of: founderID, towards: .decrement, in: accounts, key: "a") == 0)
      #expect(try snapshot.rights(of: third.id, towards: .decrement, in: accounts, key: "a") == 20)
    }
  }

  /// The old founder comes back: what it wrote beyond the cut is set aside where the cut is known, and it is
  /// told by name.
  @Test func theOldFoundersLaterWritesCountNowhere() async throws {
    let (founder, heir, third) = try await three()
    let (accounts, notes) = (bank.accounts, bank.notes)
    try await heir.succeed(founder.id)
    try await heir.write { try $0[accounts, "a"].decrement(by: 100) }
    try await founder.write { try $0[accounts, "a"].decrement(by: 100) }
    // The third takes the later write in before it hears of the cut.
    try await founder.sync(with: third)
    for (one, other) in [(heir, third), (third, heir), (heir, founder), (founder, heir)] {
      let error = await #expect(throws: ReplicationError.self) { try await one.sync(with: other) }
      guard case .holdsBeyondCut(founder.id, _, _, let holder) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(holder != heir.id)
    }
    // By other roads it is set aside, and what rests on it.
    try await third.write { try $0[notes, "n"].insert("after the founder's") }
    var versions: [StoredVersion] = []
    for (origin, after) in [(founder.id, UInt64(1)), (third.id, 0)] {
      let reader = try third.log().versions(of: origin, after: after)
      while let version = try reader.next() { versions.append(version) }
    }
    #expect(versions.count == 2)
    let reception = try await heir.apply(versions.reversed())
    #expect(reception.applied.isEmpty)
    #expect(try await heir.apply(versions).applied.isEmpty)
    #expect(try heir.snapshot[accounts, "a"]?.value == 0)
    #expect(try heir.snapshot[notes, "n"] == nil)
    var aside = 0
    try heir.log().state.forEachSetAside { _ in aside += 1 }
    #expect(aside == 2)
  }

  /// A founder that hears of its end writes nothing any more.
  @Test func whoHearsOfItsEndWritesNothing() async throws {
    let (founder, heir, _) = try await three()
    let notes = bank.notes
    let id = heir.id
    try await heir.succeed(founder.id)
    try await founder.sync(with: heir)
    await #expect(throws: TransactionError.identityEnded(founder.id, heir: id)) {
      try await founder.write { try $0[notes, "n"].insert("still here") }
    }
    await #expect(throws: SuccessionError.self) { try await heir.succeed(founder.id) }
    await #expect(throws: SuccessionError.ownIdentity(id)) { try await heir.succeed(id) }
    let nobody = ReplicaID.random()
    await #expect(throws: SuccessionError.unknown(nobody)) { try await heir.succeed(nobody) }
  }

  /// Two operators who end one identity at two places: the replicas do not meet, by name.
  @Test func oneIdentityEndsOnce() async throws {
    let (founder, heir, third) = try await three()
    let notes = bank.notes
    try await heir.succeed(founder.id)
    try await founder.write { try $0[notes, "n"].insert("more") }
    try await founder.sync(with: third)
    try await third.succeed(founder.id)
    let error = await #expect(throws: ReplicationError.self) { try await heir.sync(with: third) }
    guard case .cutsDiffer(founder.id, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// A newcomer can be told of an end that somebody made up.
  ///
  /// Nothing tells which side is wrong, so the error names both ways out, and the one that leaves the made-up end
  /// works.
  @Test func whoWasToldOfAMadeUpEndStartsAnew() async throws {
    let folder = try TemporaryFolder()
    let (founder, other, _) = try await three()
    let (notes, id, path) = (bank.notes, ReplicaID.random(), folder.path + "/newcomer")
    let founderID = founder.id
    var liar = Database(catalog: try Catalog(bank), replica: id, founder: founderID)
    let made = try liar.transact(scope: .localOnly, wall: HybridTime(milliseconds: 1)) { tx in
      let cut = Cut(last: Head(sequence: 0, hash: 0), heir: id, decided: 1)
      try tx[cutTable, founderID].insert(cut)
    }
    let newcomer = try await Replica.open(bank, at: path, joining: founderID)
    let taken = try await newcomer.apply([made.version].compactMap { $0 })
    #expect(taken.applied.count == 1)
    try await newcomer.write { try $0[notes, "n"].insert("the newcomer's") }
    for replica in [founder, other] {
      let error = await #expect(throws: ReplicationError.self) {
        try await newcomer.sync(with: replica)
      }
      #expect(
        error == .holdsBeyondCut(founderID, last: 1, cut: 0, holder: replica.id),
        "\(String(describing: error))")
      for part in [
        "one of the two is wrong", "If it was, \(replica.id.shortDescription) starts anew",
        "If it was not", "\(replica.id.shortDescription) is sound", "the other starts anew",
      ] { #expect(error.map { "\($0)".contains(part) } == true, "\(part)") }
    }
    let beyond = ReplicationError.beyondCut(origin: founderID, sequence: 1, last: 0, heir: id)
    let differing = ReplicationError.cutsDiffer(of: founderID, ours: "ends", theirs: "ends")
    for error in [beyond, differing] {
      for part in ["given up", "not", "wrong", "start", "heal"] {
        #expect("\(error)".contains(part), "\(part): \(error)")
      }
    }
    try await newcomer.close()
    let report = try await Replica.heal(bank, at: path, into: path + "-2", from: founder)
    #expect(report.offered == 1 && report.refused.isEmpty)
    let healed = try await Replica.open(bank, at: path + "-2")
    #expect(healed.snapshot.cuts[founderID] == nil && healed.snapshot.actingFounder == founderID)
    #expect(try healed.snapshot[notes, "n"]?.contains("the newcomer's") == true)
    try await founder.sync(with: other)
    try await healed.sync(with: other)
    #expect(try healed.snapshot.digest == other.snapshot.digest)
    try await healed.close()
  }

  /// Also where both end it at the same write: there is one heir.
  @Test func oneIdentityHasOneHeir() async throws {
    let (founder, heir, third) = try await three()
    let accounts = bank.accounts
    for replica in [heir, third] {
      try await replica.succeed(founder.id)
      try await replica.write { try $0[accounts, "a"].decrement(by: 60) }
    }
    for (one, other) in [(heir, third), (third, heir)] {
      let error = await #expect(throws: ReplicationError.self) { try await one.sync(with: other) }
      guard case .cutsDiffer(founder.id, _, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect("\(String(describing: error))".contains("heal"))
    }
    // By other roads it is set aside, with what rests on it.
    var versions: [StoredVersion] = []
    let reader = try third.log().versions(of: third.id, after: 0)
    while let version = try reader.next() { versions.append(version) }
    let reception = try await heir.apply(versions)
    #expect(reception.applied.isEmpty && reception.setAside.count == versions.count)
    #expect(try heir.snapshot[accounts, "a"]?.value == 40)
    #expect(heir.snapshot.cuts[founder.id]?.heir == heir.id)
  }

  /// The cut is there again when a store is opened, and a store that nobody has open keeps to it.
  @Test func theCutIsStored() async throws {
    let folder = try TemporaryFolder()
    let (founder, heir, _) = try await three()
    let notes = bank.notes
    let stored = try await Replica.open(bank, at: folder.path, joining: founder.id)
    try await stored.sync(with: heir)
    try await stored.succeed(founder.id)
    let id = stored.id
    try await stored.close()
    let again = try await Replica.open(bank, at: folder.path)
    #expect(again.snapshot.actingFounder == id)
    try await again.close()
    try await founder.write { try $0[notes, "n"].insert("beyond") }
    let store = try LogStore.open(at: folder.path)
    let error = await #expect(throws: ReplicationError.self) {
      _ = try await sync(StorePeer(store), with: founder)
    }
    guard case .holdsBeyondCut(founder.id, _, _, holder: founder.id) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    try store.close()
  }

  /// A request whose home has ended runs at the heir, once, and whoever else is asked names the heir.
  @Test func aRequestRunsAtTheHeirOfItsHome() async throws {
    let (founder, heir, third) = try await three()
    let accounts = bank.accounts
    let (request, early) = (founder.newRequest(), founder.newRequest())
    @Sendable func send(_ request: RequestID, to replica: Replica<Bank>) async throws
      -> RequestResult<Void>
    {
      try await replica.write(request: request) { try $0[accounts, "a"].increment(by: 1) }
    }
    guard case .committed = try await send(early, to: founder) else { throw Unexpected() }
    try await founder.sync(with: heir)
    await #expect(throws: RequestError.runsElsewhere(request, at: founder.id)) {
      try await send(request, to: heir)
    }
    try await heir.succeed(founder.id)
    try await heir.sync(with: third)
    let error = await #expect(throws: RequestError.self) { try await send(request, to: third) }
    #expect(error == .runsElsewhere(request, at: heir.id))
    #expect("\(String(describing: error))".contains("the heir of its home"))
    guard case .repeated(.committed) = try await send(early, to: heir) else { throw Unexpected() }
    guard case .committed = try await send(request, to: heir) else { throw Unexpected() }
    try await heir.sync(with: third)
    for replica in [heir, third] {
      guard case .repeated(.committed) = try await send(request, to: replica) else {
        throw Unexpected()
      }
      #expect(try replica.snapshot[accounts, "a"]?.value == 102)
    }
  }

  private struct Unexpected: Error {}
}
