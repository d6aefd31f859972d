import MerganserDatabase
import MerganserTypes
import TestSupport
import Testing

/// A room that peers share: who fills it keeps nobody else out.
@Suite struct PeerSharesTests {
  private func peer(_ number: Int) -> ReplicaID? {
    number == 0 ? nil : ReplicaID(high: 9, low: UInt64(number))
  }

  @Test func whoTakesMostGivesWayWithItsLatest() throws {
    var shares = PeerShares(limit: 100)
    for thing in 0..<10 as Range<UInt8> {
      #expect(shares.enter([thing], size: 10, from: peer(1))?.displaced == [])
    }
    // It takes all, and nothing more of it comes in.
    #expect(shares.enter([10], size: 10, from: peer(1)) == nil)
    for (thing, last) in [(20, 9), (21, 8), (22, 7), (23, 6)] as [(UInt8, UInt8)] {
      #expect(shares.enter([thing], size: 10, from: peer(2))?.displaced == [[last]])
    }
    // Half each, and a third comes.
    #expect(shares.enter([24], size: 10, from: peer(2))?.displaced == [[5]])
    #expect(shares.enter([25], size: 10, from: peer(2)) == nil)
    #expect(shares.enter([30], size: 25, from: nil)?.displaced.count == 3)
    #expect(shares.bytes <= 100)
    #expect(shares.enter([31], size: 101, from: peer(3)) == nil)
    // What cannot be admitted displaces nothing.
    let before = shares.bytes
    #expect(shares.enter([32], size: 60, from: peer(3)) == nil)
    #expect(shares.bytes == before)
  }

  @Test func whatAnotherOffersTooCountsForTheOneThatTakesLess() throws {
    var shares = PeerShares(limit: 100)
    let entered = shares.enter([1], size: 10, from: peer(1))
    var entry = try #require(entered).entry
    for thing in 2..<11 as Range<UInt8> {
      _ = shares.enter([thing], size: 9, from: peer(1))
    }
    shares.note([1], entry: &entry, offeredBy: peer(2))
    #expect(entry.account == peer(2))
    for thing in 20..<40 as Range<UInt8> { _ = shares.enter([thing], size: 9, from: peer(3)) }
    // All of the filler's may go, and this one stays.
    var others: Set<[UInt8]> = []
    while let (_, displaced) = shares.enter([UInt8(50 + others.count)], size: 3, from: nil) {
      others.formUnion(displaced)
      if others.count > 6 { break }
    }
    #expect(!others.contains([1]))
  }

  /// The account that takes the most gives way, and its latest things first; nobody else does.
  @Test func whoTakesTheMostGivesWay() {
    var shares = PeerShares(limit: 100)
    for thing in 0..<6 as Range<UInt8> { _ = shares.enter([thing], size: 10, from: peer(1)) }
    for thing in 10..<13 as Range<UInt8> { _ = shares.enter([thing], size: 10, from: peer(2)) }
    #expect(shares.enter([20], size: 30, from: peer(3))?.displaced == [[5], [4]])
    #expect(shares.bytes == 100)
    // One who has as much as the others finds none.
    #expect(shares.enter([21], size: 10, from: peer(3)) == nil)
  }

  @Test func whatAnotherOffersTooStaysWithTheOneThatTakesLess() throws {
    var shares = PeerShares(limit: 100)
    let entered = shares.enter([1], size: 10, from: peer(1))
    var entry = try #require(entered).entry
    _ = shares.enter([2], size: 5, from: peer(2))
    shares.note([1], entry: &entry, offeredBy: peer(2))
    #expect(entry.account == peer(1))
    _ = shares.enter([3], size: 10, from: peer(1))
    shares.note([1], entry: &entry, offeredBy: peer(2))
    #expect(entry.account == peer(2))
    shares.leave(entry)
    #expect(shares.bytes == 15)
  }

  @Test(arguments: 0..<20) func theRoomIsNeverOverfullAndShared(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let limit = 1000
    var shares = PeerShares(limit: limit)
    var things: [[UInt8]: (entry: PeerShares.Entry, size: Int, account: Int)] = [:]
    for step in 0..<2000 {
      let account = Int.random(in: 0..<5, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0,
        let name = things.keys.min(by: { $0.lexicographicallyPrecedes($1) })
      {
        if let thing = things.removeValue(forKey: name) { shares.leave(thing.entry) }
      } else {
        let name = UInt64(step).keyEncoded()
        let size = Int.random(in: 1...(account == 0 ? 100 : 20), using: &random)
        let own = things.values.filter { $0.account == account }.reduce(0) { $0 + $1.size }
        if let (entry, displaced) = shares.enter(name, size: size, from: peer(account)) {
          for other in displaced {
            #expect(things[other]?.account != account)
            things[other] = nil
          }
          things[name] = (entry, size, account)
        } else {
          // Only who has its fifth, less what does not divide, finds no room.
          #expect(own + size > limit / 5 - 100)
        }
      }
      #expect(shares.bytes == things.values.reduce(0) { $0 + $1.size })
      #expect(shares.bytes <= limit)
      #if DEBUG
        if step % 7 == 0 { try shares.checkInvariants() }
      #endif
    }
  }
}
