import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Looks for how far histories of a store that leaves its branch are those of the healthy replica, which knows more of
/// what it has truncated than the new store; those of which it does not know are left out.
///
/// It asks by halving, one question after the other: O(log *n*) of them in the number of an origin's versions.
struct SharedBeginnings {
  /// An origin's versions, as the store has them.
  private struct Search {
    let origin: ReplicaID
    /// Where they end, the first first.
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
  private var origins: ArraySlice<ReplicaID>
  private var search: Search?
  /// How far histories are known to be the same.
  private(set) var shared: [ReplicaID: UInt64] = [:]

  /// What compares a store with a replica that greeted it with the given heads.
  init(of origins: Set<ReplicaID>, in left: LeftStore, with kept: [ReplicaID: Head]) {
    self.left = left
    self.kept = kept
    self.origins = origins.sorted()[...]
  }

  /// The versions with which the healthy replica is to compare its histories next; `nil` if all is known.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  mutating func nextQuestion() throws -> [ReplicaID: Head]? {
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
    var ends = log.truncation(of: origin).map { [$0] } ?? []
    let reader = try log.versions(of: origin, after: ends.last?.sequence ?? 0)
    while let version = try reader.next(), version.head.sequence <= kept.sequence {
      ends.append(version.head)
    }
    return Search(
      origin: origin, ends: ends, isWhole: log.truncation(of: origin) == nil, high: ends.count)
  }

  /// Takes notice of what the last question was answered.
  mutating func note(_ answer: HistoryComparison) {
    guard let search else { return }
    if search.isLast {
      if answer.unknown.isEmpty { shared[search.origin] = search.ends[search.place].sequence }
      self.search = nil
    } else if answer.fork == nil {
      self.search?.low = search.place + 1
    } else {
      // Behind the first end that parts, all do.
      self.search?.high = search.place
    }
  }
}
