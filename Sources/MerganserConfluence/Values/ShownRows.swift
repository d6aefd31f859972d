import MerganserDatabase
import MerganserModel
import MerganserTypes

/// Why a workload is not searched by what its replicas show.
enum NotShown: Error {
  /// A table holds a type of which it is not known what a merge can show.
  case type(table: String)
  /// A transaction, or an invariant, tells apart states that show the same.
  case hidden(String)
  /// A transaction, or an invariant, computes with the times of what it reads.
  case computesWithTimes(String)
  /// There is more than is looked through.
  case tooMany
}

/// The rows that a search over what is shown has come by, each held once and named by a number; 0 is none.
struct ShownRows {
  /// A row in forms that show the same, by other hands and at other times.
  struct Forms {
    let slot: Int
    let all: [AnyRow]
    /// By form: the first one that is the same in every byte.
    let kinds: [UInt8]
    /// The first of them.
    var plain: AnyRow { all[0] }
  }

  /// What is there has numbers below this one, and what transactions write has others.
  static let firstNumber: UInt64 = 1 << 30

  /// A place in the database: a table's number and a key.
  struct Slot: Hashable {
    let table: Int
    let key: [UInt8]
  }

  /// What transactions were seen to do, which a merge can therefore meet.
  struct Habits: Equatable {
    /// By table: what is taken away again of what its rows show.
    var lost: [Int: Set<[UInt8]>] = [:]
    /// By table: what is written to its rows, where that is known.
    var gained: [Int: Set<[UInt8]>] = [:]
    /// The slots in which there is a row at the start.
    var started: Set<Int> = []
    /// The slots in which rows are created, or touched, later on.
    var created: Set<Int> = []
    /// The slots from which rows are deleted.
    var deleted: Set<Int> = []
    /// The tables of these.
    var deletedTables: Set<Int> = []
    /// The slots that several replicas write to.
    var shared: Set<Int> = []
  }

  private static let mostSeen = 128

  let catalog: Catalog
  let operations: [ShownOperations?]
  private var numbers: [[UInt8]: UInt32] = [:]
  private var forms: [Forms?] = [nil]
  private var slotNumbers: [Slot: Int] = [:]
  private(set) var slots: [Slot] = []
  /// By slot: the rows that it was seen to hold.
  private(set) var seen: [[UInt32]] = []
  private var joins: [UInt64: [UInt32]] = [:]
  private(set) var habits = Habits()
  /// By slot: what one replica alone was seen to make of it.
  private var courses: [Int: ShownCourse] = [:]
  /// How many steps of these are known.
  private(set) var stepCount = 0
  /// By table: the tables with whose rows its rows go.
  let ancestors: [Set<Int>]
  /// Slots to which the same is done.
  var twins = ShownPartition()
  /// Registers that are written together.
  var companions = ShownPartition()
  var twinKinds: [ShownKind?] = []
  var companionKinds: [ShownKind?] = []
  /// By slot and row of its twin: the row.
  var copies: [UInt64: UInt32] = [:]

  init(_ catalog: Catalog) {
    self.catalog = catalog
    operations = catalog.tables.map { ShownOperations(of: $0, in: catalog) }
    ancestors = catalog.tables.indices.map { table in
      var (found, open): (Set<Int>, [Int]) = ([], [table])
      while let next = open.popLast() {
        for parent in catalog.cascadingParents(ofTable: next)
        where found.insert(parent.table).inserted {
          open.append(parent.table)
        }
      }
      return found
    }
  }

  /// The forms of a row.
  subscript(number: UInt32) -> Forms? { forms[Int(number)] }

  /// The number of a slot.
  mutating func slot(_ table: Int, key: [UInt8]) -> Int {
    let slot = Slot(table: table, key: key)
    if let known = slotNumbers[slot] { return known }
    slotNumbers[slot] = slots.count
    slots.append(slot)
    seen.append([])
    // What goes with other rows does not hang on what is done to it alone.
    let kinds = ancestors[table].isEmpty ? operations[table]?.kinds : nil
    twinKinds.append(kinds?.twin)
    companionKinds.append(kinds?.companion)
    return slots.count - 1
  }

  /// The slot of a key, if anything was ever in it.
  func knownSlot(_ table: Int, key: [UInt8]) -> Int? {
    slotNumbers[Slot(table: table, key: key)]
  }

  /// The number of a row by what it shows.
  mutating func number(of row: AnyRow, at slot: Int) throws -> UInt32 {
    let operations = try operations(at: slot)
    let plain = try operations.plain(row, slot, ShownForm.plain)
    let bytes = bytes(of: plain, at: slot)
    if let known = numbers[bytes] { return known }
    // What is counted without end shows ever more.
    if seen[slot].count >= Self.mostSeen { throw NotShown.tooMany }
    let number = UInt32(forms.count)
    var firsts = [bytes: 0]
    var all = [plain]
    var kinds: [UInt8] = [0]
    for form in ShownForm.all.indices.dropFirst() {
      let other = try operations.plain(row, slot, form)
      let first = firsts[self.bytes(of: other, at: slot), default: form]
      if first == form { firsts[self.bytes(of: other, at: slot)] = form }
      kinds.append(UInt8(first))
      all.append(first == form ? other : all[first])
    }
    forms.append(Forms(slot: slot, all: all, kinds: kinds))
    numbers[bytes] = number
    seen[slot].append(number)
    return number
  }

  private func bytes(of row: AnyRow, at slot: Int) -> [UInt8] {
    var encoder = BinaryEncoder()
    encoder.encode(count: slot)
    encoder.register(.plain)
    catalog.tables[slots[slot].table].operations.encode(row, &encoder)
    // Replicas stand in the bytes by their places.
    encoder.encode(replicaTable: encoder.replicas)
    return encoder.bytes
  }

  private func operations(at slot: Int) throws -> ShownOperations {
    if let found = operations[slots[slot].table] { return found }
    throw NotShown.type(table: catalog.tables[slots[slot].table].name)
  }

  /// What the merge of what two states have in one slot can show.
  mutating func joins(_ one: UInt32, with other: UInt32) throws -> [UInt32] {
    if one == 0, other == 0 { return [0] }
    let key = UInt64(min(one, other)) << 32 | UInt64(max(one, other))
    if let known = joins[key] { return known }
    guard let slot = (self[one] ?? self[other])?.slot else { return [0] }
    let found = try outcomes(one, with: other, at: slot)
    joins[key] = found
    return found
  }

  private mutating func outcomes(
    _ one: UInt32, with other: UInt32, at slot: Int
  ) throws -> [UInt32] {
    let operations = try operations(at: slot)
    let isCreated = habits.created.contains(slot) || !habits.started.contains(slot)
    let isDeleted =
      habits.deleted.contains(slot)
      || !habits.deletedTables.isDisjoint(with: ancestors[slots[slot].table])
    guard let left = self[one], let right = self[other] else {
      // What is not there was never there, or was deleted: where a row is not created anew, it is gone for good.
      if !isDeleted { return [max(one, other)] }
      if !isCreated { return [0] }
      guard let row = self[max(one, other)] else { return [0] }
      return try numbers(of: parts(of: [row.plain], at: slot), at: slot) + [0]
    }
    let seen = seen[slot]
    let forms = forms
    let joined = try operations.joins(
      left.plain, right.plain,
      ShownHabits(
        lost: habits.lost[slots[slot].table] ?? [],
        gained: operations.tellsGained ? habits.gained[slots[slot].table] ?? [] : nil,
        mayHaveSeveralCreations: isCreated,
        seen: { seen.compactMap { forms[Int($0)]?.plain } }))
    if !isDeleted || !isCreated { return try numbers(of: joined, at: slot) }
    // Each side may hold creations that the other has seen go.
    return try numbers(of: joined + parts(of: joined, at: slot), at: slot) + [0]
  }

  private func parts(of rows: [AnyRow], at slot: Int) throws -> [AnyRow] {
    let operations = try operations(at: slot)
    let seen = seen[slot].compactMap { self[$0]?.plain }
    return try rows.flatMap { try operations.parts($0, seen) }
  }

  private mutating func numbers(of rows: [AnyRow], at slot: Int) throws -> [UInt32] {
    var found: [UInt32] = []
    for row in rows {
      let number = try number(of: row, at: slot)
      if !found.contains(number) { found.append(number) }
    }
    return found
  }

  /// What the merge of what two states have in one slot can show; none, where the two cannot meet.
  ///
  /// What one replica alone writes has one history: of two states of it, one came before the other.
  mutating func meetings(
    _ one: UInt32, with other: UInt32, inSlot slot: Int
  ) throws -> [UInt32] {
    if one == other || habits.shared.contains(slot)
      || !ancestors[slots[slot].table].isEmpty
    {
      return try joins(one, with: other)
    }
    let course = courses[slot]
    return [
      course?.leads(from: one, to: other) == true ? other : nil,
      course?.leads(from: other, to: one) == true ? one : nil,
    ].compactMap { $0 }
  }

  /// Notes who did something to a slot.
  private mutating func note(_ slot: Int, by writer: Int, before: UInt32, after: UInt32) {
    if habits.shared.contains(slot) { return }
    var course = courses[slot] ?? ShownCourse(writer: writer)
    if course.writer != writer {
      habits.shared.insert(slot)
      courses[slot] = nil
    } else {
      if course.append(from: before, to: after) { stepCount += 1 }
      courses[slot] = course
    }
  }

  /// Notes what a transaction did to a slot.
  ///
  /// - Parameters:
  ///   - slot: the slot.
  ///   - writer: who wrote it.
  ///   - before: what was in it.
  ///   - after: what is in it now.
  ///   - row: the row as the transaction left it; `nil` if there is none.
  /// - Throws: ``NotShown``.
  mutating func note(
    _ slot: Int, by writer: Int, before: UInt32, after: UInt32, row: AnyRow?
  ) throws {
    note(slot, by: writer, before: before, after: after)
    let table = slots[slot].table
    if let gained = try row.flatMap({ try operations(at: slot).gained($0, Self.firstNumber) }),
      !gained.isEmpty
    {
      habits.gained[table, default: []].formUnion(gained)
    }
    guard let former = self[before] else {
      if after != 0 { habits.created.insert(slot) }
      return
    }
    let incarnations = row.map(catalog.tables[table].operations.incarnations) ?? []
    let isOld = incarnations.contains { $0.dot.sequence < Self.firstNumber }
    if !isOld {
      habits.deleted.insert(slot)
      habits.deletedTables.insert(table)
    }
    if incarnations.count > (isOld ? 1 : 0) { habits.created.insert(slot) }
    guard let now = self[after], after != before else { return }
    let lost = try operations(at: slot).lost(former.plain, now.plain)
    if !lost.isEmpty { habits.lost[table, default: []].formUnion(lost) }
  }

  /// Notes which slots hold a row at the start.
  mutating func begin(with started: Set<Int>) { habits.started = started }

  /// Forgets what merges come to, as more is known now of what transactions do.
  mutating func forgetJoins() { joins = [:] }

  /// Whether what a merge can show hangs on all that a slot was seen to hold.
  func hangsOnSeen(_ slot: Int) -> Bool {
    let isCreated = habits.created.contains(slot) || !habits.started.contains(slot)
    if isCreated, operations[slots[slot].table]?.hangsOnSeen == true { return true }
    return isCreated
      && (habits.deleted.contains(slot)
        || !habits.deletedTables.isDisjoint(with: ancestors[slots[slot].table]))
  }
}
