import MerganserDatabase
import MerganserModel
import MerganserTypes
import Testing

/// Times have an end, and no steps lead further than one beyond it.
@Suite struct LastTimesTests {
  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  private let receiver = ReplicaID(high: 0, low: 1)
  private let sender = ReplicaID(high: 0, low: 2)

  /// So far ahead of the end of times.
  private func time(_ milliseconds: Int64) -> HybridTime {
    HybridTime(milliseconds: UInt64(Int64(TimeTolerance.end.milliseconds) + milliseconds))
  }

  @Test func stepsEndWithTheTimesThereAre() throws {
    let catalog = try Catalog(Notes())
    var here = Database(catalog: catalog, replica: receiver, founder: receiver)
    here.tolerance = try TimeTolerance(drift: .zero)
    try here.acceptTimes(upTo: time(-500))
    var head = Head(sequence: 0, hash: 0)
    let times: [(milliseconds: Int64, isTaken: Bool)] = [
      (-499, false), (-500, true), (501, false), (400, true), (1001, false), (900, true),
      (1001, false), (1000, true), (1400, false), (1001, false),
    ]
    for (milliseconds, isTaken) in times {
      let next = head.sequence + 1
      let version = StoredVersion(
        origin: sender, sequences: next...next, time: time(milliseconds),
        terms: VersionTerms(schema: catalog.fingerprint), dependencies: [] as [Dependency],
        previousHash: head.hash, replicas: [sender], writes: [])
      let reception = try here.receive([version], wall: HybridTime(milliseconds: 1))
      #expect(reception.applied == (isTaken ? [version] : []), "\(milliseconds)")
      if isTaken {
        head = version.head
      } else if case .fromTheFuture? = reception.refused.first {
        continue
      } else {
        Issue.record("\(milliseconds): \(reception.refused)")
      }
    }
  }
}
