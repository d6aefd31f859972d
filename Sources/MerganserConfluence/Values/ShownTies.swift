import MerganserModel
import MerganserTypes

/// That what a register shows was written by a version that also wrote what lives elsewhere: an element of a set, a value
/// among several, a flag.
///
/// In a merge in which the register of one side stands, and the other side shows another write, the other side has not seen the
/// version: of what it has seen the last write would stand there (or the first, where that does). So all that the version
/// wrote lives on, but for what this side has seen go.
struct ShownTie: Hashable {
  /// The register's slot.
  let register: Int
  /// The slot in which the version wrote something else.
  let slot: Int
  /// What it wrote there.
  let mark: [UInt8]
}

extension Set<ShownTie> {
  /// What of the ties of two states holds of their merge, by what its registers show.
  ///
  /// Where both sides show the same, it may be of either version.
  func merged(
    with other: Set, into merged: [UInt32], of one: [UInt32], and two: [UInt32]
  ) -> Set {
    if isEmpty, other.isEmpty { return [] }
    func row(_ tie: ShownTie, in state: [UInt32]) -> UInt32 {
      tie.register < state.count ? state[tie.register] : 0
    }
    func stands(_ tie: ShownTie, on side: [UInt32], beside other: [UInt32]) -> Bool {
      let found = row(tie, in: merged)
      return found == row(tie, in: side) && found != row(tie, in: other)
    }
    return filter {
      stands($0, on: one, beside: two) || other.contains($0) && row($0, in: one) == row($0, in: two)
    }
    .union(other.filter { stands($0, on: two, beside: one) })
  }
}

extension ShownRows {
  /// The ties of a state that a step led to.
  ///
  /// - Parameters:
  ///   - touched: by slot: the row that the step left there.
  ///   - ties: those of the state before.
  ///   - first: from which number on dots are the step's.
  ///   - isWritten: whether the step wrote to a register.
  /// - Returns: the ties.
  func ties(
    behind touched: [Int: AnyRow?], from ties: Set<ShownTie>, writingFrom first: UInt64,
    isWritten: (_ slot: Int, _ row: AnyRow) -> Bool
  ) -> Set<ShownTie> {
    var written: Set<Int> = []
    for (slot, row) in touched where isRegister(slot) {
      if let row, isWritten(slot, row) { written.insert(slot) }
    }
    var new: [(slot: Int, marks: Set<[UInt8]>)] = []
    for (slot, row) in touched where isMarked(slot) {
      if let row { new.append((slot, marks(of: row, at: slot, from: first))) }
    }
    var next = ties.filter { tie in
      if written.contains(tie.register) { return false }
      guard let row = touched[tie.slot] else { return true }
      // What is written again lives by the later write.
      guard let row else { return false }
      return marks(of: row, at: tie.slot, from: 0).contains(tie.mark)
        && new.allSatisfy { $0.slot != tie.slot || !$0.marks.contains(tie.mark) }
    }
    for register in written {
      for (slot, marks) in new {
        for mark in marks { next.insert(ShownTie(register: register, slot: slot, mark: mark)) }
      }
    }
    return next
  }

  /// Whether a state shows what is tied.
  func shows(_ ties: Set<ShownTie>, in state: [UInt32]) -> Bool {
    ties.allSatisfy { tie in
      guard tie.slot < state.count, let row = self[state[tie.slot]] else { return false }
      return marks(of: row.plain, at: tie.slot, from: 0).contains(tie.mark)
    }
  }
}
