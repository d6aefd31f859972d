import MerganserModel
import MerganserTypes
import Synchronization

/// What adopted states have removed lately without consent.
///
/// What one may remove is a share of what there is; who comes often could remove a share of the rest each time.
final class RecentRemovals: Sendable {
  private struct Removal {
    let time: HybridTime
    let table: String
    let count: Int
  }

  /// How many are kept by themselves; of more, the earliest are told as one.
  private static let limit = 1024

  private let removals = Mutex<[Removal]>([])

  /// What a state removes, with what was removed in the period before `now`.
  func counted(
    _ removed: [RemovedRows], over period: Duration, at now: HybridTime
  ) -> [RemovedRows] {
    let start = now.earlier(by: period)
    let recent = removals.withLock { removals in
      removals.removeAll { $0.time <= start }
      return removals
    }
    return removed.map { rows in
      var rows = rows
      rows.earlier = recent.reduce(0) { $0 + ($1.table == rows.table ? $1.count : 0) }
      return rows
    }
  }

  /// Takes notice of what a state has removed; where the user was asked and has accepted it, counting begins anew.
  func note(_ removed: [RemovedRows], wasAccepted: Bool, at now: HybridTime) {
    removals.withLock { removals in
      if wasAccepted {
        let tables = Set(removed.map(\.table))
        removals.removeAll { tables.contains($0.table) }
        return
      }
      removals += removed.map { Removal(time: now, table: $0.table, count: $0.removed) }
      while removals.count > Self.limit {
        let first = removals.removeFirst()
        guard let next = removals.firstIndex(where: { $0.table == first.table }) else { continue }
        removals[next] = Removal(
          time: removals[next].time, table: first.table, count: removals[next].count + first.count)
      }
    }
  }
}
