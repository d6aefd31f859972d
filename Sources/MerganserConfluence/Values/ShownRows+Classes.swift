import MerganserModel
import MerganserTypes

// What is seen of slots that are written together.
extension ShownRows {
  /// Notes what a step did to slots: what it left in those that it wrote to.
  ///
  /// - Parameters:
  ///   - touched: by slot: the row; `nil` if it is gone.
  ///   - replica: who made the step.
  ///   - time: when.
  ///   - kept: up to which number there were dots before.
  ///   - form: the form of the rows before; twins are the same in some forms alone.
  mutating func noteStep(
    _ touched: [Int: AnyRow?], by replica: ReplicaID, at time: HybridTime, after kept: UInt64,
    form: Int
  ) {
    var written: [Int: [UInt8]] = [:]
    for (slot, row) in touched where companionKinds[slot] != nil && companions.isOpen(slot) {
      let operations = operations[slots[slot].table]
      if row.map({ operations?.isWritten($0, time, replica) ?? false }) ?? true {
        written[slot] = []
      }
    }
    companions.note(written, kinds: companionKinds)
    guard form == ShownForm.plain || ShownForm.repeated.contains(form) else { return }
    var marks: [Int: [UInt8]] = [:]
    for (slot, row) in touched where twinKinds[slot] != nil && twins.isOpen(slot) {
      marks[slot] = row.map { mark(of: $0, at: slot, by: replica, after: kept) } ?? []
    }
    twins.note(marks, kinds: twinKinds)
  }

  /// Whether a slot holds a register that is never deleted.
  func isRegister(_ slot: Int) -> Bool {
    companionKinds[slot] != nil && !habits.deleted.contains(slot)
  }

  /// Whether it is known by which dots things live in a slot, whose row is never deleted.
  func isMarked(_ slot: Int) -> Bool {
    twinKinds[slot] != nil && !habits.deleted.contains(slot)
      && operations[slots[slot].table]?.tellsGained == true
  }

  /// Whether there are registers beside what can be tied to them.
  var mayTie: Bool {
    slots.indices.contains(where: isRegister) && slots.indices.contains(where: isMarked)
  }

  /// What of a row was written with a number from `first` on.
  func marks(of row: AnyRow, at slot: Int, from first: UInt64) -> Set<[UInt8]> {
    operations[slots[slot].table]?.gained(row, first) ?? []
  }

  /// Whether what stands in a register was written at a time by a replica.
  func isWritten(_ row: AnyRow, at slot: Int, time: HybridTime, by replica: ReplicaID) -> Bool {
    operations[slots[slot].table]?.isWritten(row, time, replica) ?? false
  }

  /// How often slots were seen to be treated differently.
  var splitCount: Int { twins.splitCount + companions.splitCount }

  /// The bytes of a row in which what is new has the least numbers.
  private func mark(
    of row: AnyRow, at slot: Int, by replica: ReplicaID, after kept: UInt64
  ) -> [UInt8] {
    var renaming = Renaming(
      recordingDotsOf: [replica, .plain], keeping: [kept, 0])
    var bytes: [UInt8] = []
    for isRecording in [true, false] {
      renaming.isRecording = isRecording
      var encoder = BinaryEncoder()
      encoder.renaming = renaming
      encoder.register(.plain)
      encoder.register(replica)
      catalog.tables[slots[slot].table].operations.encode(row, &encoder)
      encoder.encode(replicaTable: encoder.replicas)
      renaming = encoder.renaming ?? renaming
      bytes = encoder.bytes
    }
    return bytes
  }

  /// The row of a slot that shows what a row of its twin shows.
  mutating func copy(of row: UInt32, toSlot slot: Int) throws -> UInt32 {
    guard let original = self[row] else { return 0 }
    let key = UInt64(slot) << 32 | UInt64(row)
    if let known = copies[key] { return known }
    let copy = try number(of: original.plain, at: slot)
    copies[key] = copy
    return copy
  }

  /// The slots whose registers show the writes of one side after a merge, with a slot; itself alone, where that is not known.
  func companions(ofSlot slot: Int) -> [Int] {
    let all = companions.companions(of: slot)
    if all.count == 1 { return all }
    // What is deleted may take one of them back to an earlier write.
    let some = all.filter {
      twins.leader(of: $0) == $0 && habits.shared.contains($0) && !habits.deleted.contains($0)
    }
    return some.contains(slot) ? some : [slot]
  }
}
