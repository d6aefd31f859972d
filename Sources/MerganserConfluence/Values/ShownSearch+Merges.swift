// What a merge of two states can show.
extension ShownSearch {
  /// What a merge can leave in some slots, of which one is chosen.
  private struct Choice {
    let slots: [Int]
    let rows: [[UInt32]]
  }

  /// Every merge of two states: of each row, every outcome.
  ///
  /// Twins come out alike, and companions as on one side.
  mutating func merge(_ first: Int, with second: Int) throws {
    let (one, other) = (states[first], states[second])
    var merged = one
    var choices: [Choice] = []
    var twins: [(slot: Int, leader: Int)] = []
    var isDone: Set<Int> = []
    var count = 1
    let length = max(one.count, other.count)
    if merged.count < length { merged += repeatElement(0, count: length - merged.count) }
    func both(_ slot: Int) -> (UInt32, UInt32) {
      (slot < one.count ? one[slot] : 0, slot < other.count ? other[slot] : 0)
    }
    for slot in 0..<length where !isDone.contains(slot) {
      let (mine, theirs) = both(slot)
      let leader = rows.twins.leader(of: slot)
      if leader != slot {
        twins.append((slot, leader))
        continue
      }
      let found = try rows.meetings(mine, with: theirs, inSlot: slot)
      // The two are of different histories.
      if found.isEmpty { return }
      merged[slot] = found.first ?? 0
      let companions = rows.companions(ofSlot: slot).filter { $0 < length }
      if companions.count > 1 {
        isDone.formUnion(companions)
        let sides = try sides(of: companions, inBoth: both)
        if sides.count == 1 {
          for (slot, row) in zip(companions, sides[0]) { merged[slot] = row }
        } else {
          choices.append(Choice(slots: companions, rows: sides))
        }
        count *= sides.count
      } else if found.count > 1 {
        choices.append(Choice(slots: [slot], rows: found.map { [$0] }))
        count *= found.count
      }
      if count > 1024 { throw NotShown.tooMany }
    }
    try work(count)
    for number in 0..<count {
      var rest = number
      for choice in choices {
        let rows = choice.rows[rest % choice.rows.count]
        for (slot, row) in zip(choice.slots, rows) { merged[slot] = row }
        rest /= choice.rows.count
      }
      for (slot, leader) in twins {
        merged[slot] = try rows.copy(of: merged[leader], toSlot: slot)
      }
      let tied = ties[first].merged(with: ties[second], into: merged, of: one, and: other)
      guard rows.shows(tied, in: merged) else { continue }
      let settled = Self.trimmed(settled(merged))
      guard numbers[key(of: settled, tied: tied)] == nil else { continue }
      let broken = allShown.contains(settled) ? 0 : try broken(settled)
      if broken == 0 {
        add(settled, tied: tied)
      } else {
        open |= broken
      }
    }
  }

  /// What a merge can leave in companions: what one side has, where it can be left in each of them.
  private mutating func sides(
    of companions: [Int], inBoth both: (Int) -> (UInt32, UInt32)
  ) throws -> [[UInt32]] {
    let (mine, theirs) = (companions.map { both($0).0 }, companions.map { both($0).1 })
    if mine == theirs { return [mine] }
    var sides = [mine, theirs]
    for slot in companions {
      let (one, other) = both(slot)
      let found = try rows.joins(one, with: other)
      sides.removeAll { !found.contains($0 == mine ? one : other) }
    }
    if sides.isEmpty { throw NotShown.tooMany }
    return sides
  }

  /// The state without the rows that go with others which are not there.
  private func settled(_ state: [UInt32]) -> [UInt32] {
    if !hasCascades { return state }
    var state = state
    var isSettled = false
    while !isSettled {
      isSettled = true
      for (number, row) in state.enumerated() where row != 0 {
        let slot = rows.slots[number]
        for parent in parents[slot.table] {
          let place = rows.knownSlot(parent.table, key: parent.key(slot.key))
          if let place, place < state.count, state[place] != 0 { continue }
          state[number] = 0
          isSettled = false
        }
      }
    }
    return state
  }
}
