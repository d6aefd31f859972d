import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// The ends of versions that were applied lately tell what a plain list of them tells.
@Suite struct RecentEndsTests {
  /// Every end that was ever noted, by origin.
  private typealias Model = [ReplicaID: [Head]]

  private func expected(
    _ model: Model, origin: ReplicaID, sequence: UInt64
  ) -> HistoryEntry? {
    guard let known = model[origin], let last = known.last, 4 < sequence, sequence <= last.sequence
    else { return nil }
    return known.first { $0.sequence == sequence }.map { .hash($0.hash) } ?? .noVersionEnds
  }

  @Test(arguments: [1, 40, 64, 65, 200, 1000])
  func endsAreFoundWhereverTheyStand(count: Int) {
    var ends = RecentEnds()
    var model = Model()
    let origins = (1...3).map { ReplicaID(high: 0, low: $0) }
    for number in 0..<count {
      let origin = origins[number * 7 % 11 % 3]
      // Versions of one to three dots, so that numbers stand between their ends.
      let last = model[origin]?.last?.sequence ?? 4
      let head = Head(
        sequence: last + 1 + UInt64(number % 3), hash: UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
      ends.append(head, behind: last, of: origin)
      model[origin, default: []].append(head)
    }
    for origin in origins {
      for sequence in 1...UInt64(3 * count + 10) {
        #expect(
          ends.entry(of: origin, endingAt: sequence)
            == expected(model, origin: origin, sequence: sequence),
          "\(origin) \(sequence)")
      }
    }
    ends.removeAll()
    for origin in origins {
      #expect(ends.entry(of: origin, endingAt: model[origin]?.last?.sequence ?? 1) == nil)
    }
  }

  @Test func aCopyIsNotChanged() {
    let origin = ReplicaID(high: 0, low: 1)
    var ends = RecentEnds()
    func append(_ numbers: ClosedRange<UInt64>) {
      for number in numbers {
        ends.append(Head(sequence: number, hash: 1), behind: number - 1, of: origin)
      }
    }
    append(1...100)
    let copy = ends
    append(101...300)
    #expect(copy.entry(of: origin, endingAt: 100) == .hash(1))
    #expect(copy.entry(of: origin, endingAt: 101) == nil)
    #expect(ends.entry(of: origin, endingAt: 300) == .hash(1))
  }

  /// Where nobody says that they are stored, the latest are kept.
  @Test func theLatestAreKept() {
    let origin = ReplicaID(high: 0, low: 1)
    var ends = RecentEnds()
    let count: UInt64 = 40_000
    for number in 1...count {
      ends.append(Head(sequence: number, hash: number), behind: number - 1, of: origin)
    }
    #expect(ends.entry(of: origin, endingAt: 1) == nil)
    #expect(ends.entry(of: origin, endingAt: count - 60) == .hash(count - 60))
  }
}
