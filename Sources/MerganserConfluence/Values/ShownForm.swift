import MerganserTypes

/// By whose hands and when the rows of a state were written that the search makes: what it shows is the same in all.
struct ShownForm {
  /// Who created the rows.
  let creator: ReplicaID
  /// Who wrote what is in a row; rows have numbers.
  let writer: @Sendable (_ slot: Int) -> ReplicaID
  /// When a row was written.
  let time: @Sendable (_ slot: Int) -> HybridTime
  /// When a transaction runs on it.
  let now: HybridTime

  /// By nobody's hands, long ago.
  static let plain = 0
  /// The same, at times as clocks show them: what comes out differently computes with times.
  static let today = 1
  /// At times that ascend and descend from row to row, and by other hands from row to row: what comes out differently
  /// compares these.
  static let mixed = 2..<6

  /// All forms; behind the mixed ones, one by each replica's own hands.
  static let all: [ShownForm] = {
    let now = HybridTime(milliseconds: 1_900_000_000_000)
    @Sendable func today(_ hours: Int) -> HybridTime {
      HybridTime(
        bits: HybridTime(milliseconds: UInt64(1_800_000_000_000 + hours * 3_600_000)).bits | 2)
    }
    let replicas = Workload.replicas
    @Sendable func turn(_ slot: Int) -> ReplicaID { replicas[slot % replicas.count] }
    let one = HybridTime(bits: 1)
    let later = HybridTime(bits: 1001)
    return [
      ShownForm(creator: .plain, writer: { _ in .plain }, time: { _ in one }, now: later),
      ShownForm(creator: .plain, writer: { _ in .plain }, time: { _ in today(0) }, now: now),
      ShownForm(creator: .plain, writer: { _ in .plain }, time: { today($0 % 1000) }, now: now),
      ShownForm(
        creator: .plain, writer: { _ in .plain }, time: { today(1000 - $0 % 1000) }, now: now),
      ShownForm(creator: .plain, writer: { turn($0) }, time: { _ in one }, now: later),
      ShownForm(
        creator: .plain, writer: { turn(replicas.count - 1 - $0 % replicas.count) },
        time: { _ in one }, now: later),
    ]
      + replicas.enumerated().map { place, replica in
        ShownForm(
          creator: replica, writer: { _ in replica },
          time: { _ in HybridTime(bits: UInt64(place) + 3) },
          now: HybridTime(bits: 5001 + 4000 * UInt64(place)))
      }
  }()

  /// The form by a replica's own hands.
  static func own(_ place: Int) -> Int { mixed.upperBound + place }
}
