import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Looks for how far the histories of a store that leaves its branch are those of the healthy replica, which knows more of
/// what it has truncated than the new store; those of which it does not know are left out.
///
/// All are compared by one question where they agree. For each that does not it asks by halving: O(log *n*) questions in
/// the number of the origin's versions.
struct SharedBeginnings: Sendable {
  /// An origin whose histories do not agree, or are not known to.
  private struct Search {
    let origin: ReplicaID
    /// Where its versions end, the first first.
    let ends: [Head]
    /// Whether the log has the first of them.
    let isWhole: Bool
    /// How many of them are known to be shared, and how many may be.
    var low = 0
    var high: Int
    /// Whether it is asked whether the last that is shared is known there.
    var isLast = false

    var place: Int { isLast ? low - 1 : (low + high) / 2 }
  }

  private let left: LeftStore
  private let kept: [ReplicaID: Head]
  /// The ends that are compared at once; `nil` behind that.
  private var first: [ReplicaID: Head]?
  private var origins: ArraySlice<ReplicaID>
  private var search: Search?
  /// How far histories are known to be the same.
  private(set) var shared: [ReplicaID: UInt64] = [:]
  /// The origins whose histories part, or are not known to be the same as far as both go.
  private(set) var parted: Set<ReplicaID> = []

  /// What compares a store with a replica that greeted it with the given heads.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  init(of left: LeftStore, with kept: [ReplicaID: Head]) throws {
    self.left = left
    self.kept = kept
    let log = try left.snapshot()
    var first: [ReplicaID: Head] = [:]
    var open: [ReplicaID] = []
    for (origin, head) in log.heads {
      guard let end = kept[origin] else { continue }
      if head.sequence <= end.sequence {
        first[origin] = head
      } else if try log.entry(of: origin, endingAt: end.sequence) == .hash(end.hash) {
        shared[origin] = end.sequence
      } else {
        open.append(origin)
      }
    }
    self.first = first.isEmpty ? nil : first
    parted = Set(open)
    origins = open.sorted()[...]
  }

  /// The versions with which the healthy replica is to compare its histories next; `nil` if all is known.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  mutating func nextQuestion() throws -> [ReplicaID: Head]? {
    if let first { return first }
    while true {
      guard let search else {
        guard let origin = origins.popFirst() else { return nil }
        if let end = kept[origin] { search = try begin(origin, upTo: end) }
        continue
      }
      if search.isLast || search.low < search.high {
        return [search.origin: search.ends[search.place]]
      }
      if search.low > 0 {
        self.search?.isLast = true
      } else {
        // They part with the first, if the log has that.
        if search.isWhole, !search.ends.isEmpty { shared[search.origin] = 0 }
        self.search = nil
      }
    }
  }

  private func begin(_ origin: ReplicaID, upTo kept: Head) throws -> Search {
    let log = try left.snapshot()
    let truncation = log.truncation(of: origin)
    // Of an end that the other has not reached it knows nothing, and finds no fault with it.
    var ends = [truncation].compactMap(\.self).filter { $0.sequence <= kept.sequence }
    let reader = try log.versions(of: origin, after: truncation?.sequence ?? 0)
    while let version = try reader.next(), version.head.sequence <= kept.sequence {
      ends.append(version.head)
    }
    return Search(
      origin: origin, ends: ends, isWhole: truncation == nil, high: ends.count)
  }

  /// Takes notice of what the last question was answered.
  mutating func note(_ answer: HistoryComparison) {
    if let ends = first.take() { return note(answer, of: ends) }
    guard let search else { return }
    if search.isLast {
      if answer.unknown.isEmpty {
        let last = search.ends[search.place].sequence
        shared[search.origin] = last
        if search.place == search.ends.count - 1 { noteAgreement(on: search.origin, upTo: last) }
      }
      self.search = nil
    } else if answer.fork == nil {
      self.search?.low = search.place + 1
    } else {
      // Behind the first end that parts, all do.
      self.search?.high = search.place
    }
  }

  /// Takes notice of what the comparison of all ends has come to; where one parts, each is looked at by itself.
  private mutating func note(_ answer: HistoryComparison, of ends: [ReplicaID: Head]) {
    for (origin, end) in ends {
      if answer.fork != nil || answer.unknown.contains(origin) {
        parted.insert(origin)
      } else {
        shared[origin] = end.sequence
      }
    }
    origins = (origins + ends.keys.filter(parted.contains)).sorted()[...]
  }

  /// Takes notice that an origin's histories are the same as far as the shorter one goes.
  private mutating func noteAgreement(on origin: ReplicaID, upTo last: UInt64) {
    if let head = (try? left.snapshot())?.head(of: origin), head.sequence == last {
      parted.remove(origin)
    }
  }
}
