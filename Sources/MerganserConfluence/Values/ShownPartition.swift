/// Slots that were told apart by nothing that transactions did, in classes that are split as more is seen.
///
/// *Twins* are slots of one type to which every transaction does the same. Then by induction over a history each replica
/// holds the same in all of them but for the numbers of dots, which stand in the same order: so they show the same, and so
/// they do after every merge. *Companions* are registers that each transaction writes together, or not at all. Of these each
/// replica shows one write, the last (or the first) of all that it has seen: a merge shows the registers of one side.
/// Neither is assumed: each step of the search is looked at, and a class in which one slot is treated otherwise is split.
struct ShownPartition {
  /// By slot: the number of its class.
  private var classes: [Int] = []
  /// By class: the slots, in order.
  private(set) var members: [[Int]] = []
  /// How often a class was split.
  private(set) var splitCount = 0

  /// The first slot of a slot's class.
  func leader(of slot: Int) -> Int {
    slot < classes.count ? members[classes[slot]].first ?? slot : slot
  }

  /// The slots of a slot's class.
  func companions(of slot: Int) -> [Int] {
    slot < classes.count ? members[classes[slot]] : [slot]
  }

  /// Whether it makes a difference what is done to a slot.
  func isOpen(_ slot: Int) -> Bool { slot >= classes.count || members[classes[slot]].count > 1 }

  /// Notes what a step did to slots.
  ///
  /// - Parameters:
  ///   - marks: by slot to which something was done: what that was.
  ///   - kinds: by slot: slots of different kinds are told apart, and those of none from all others.
  mutating func note(_ marks: [Int: [UInt8]], kinds: [ShownKind?]) {
    let count = classes.count
    if count < kinds.count { begin(kinds, marks: marks) }
    for number in Set(marks.keys.filter { $0 < count }.map { classes[$0] })
    where members[number].count > 1 {
      var parts: [[UInt8]?: [Int]] = [:]
      for slot in members[number] { parts[marks[slot], default: []].append(slot) }
      if parts.count == 1 { continue }
      splitCount += 1
      let sorted = parts.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
      members[number] = sorted[0]
      for part in sorted.dropFirst() { add(part) }
    }
  }

  /// Puts slots that were empty until now in the class of those to which the same was done.
  private mutating func begin(_ kinds: [ShownKind?], marks: [Int: [UInt8]]) {
    struct Beginning: Hashable {
      let kind: ShownKind
      let mark: [UInt8]?
    }
    var parts: [Beginning: [Int]] = [:]
    let new = classes.count..<kinds.count
    classes += repeatElement(0, count: new.count)
    for slot in new {
      if let kind = kinds[slot] {
        parts[Beginning(kind: kind, mark: marks[slot]), default: []].append(slot)
      } else {
        add([slot])
      }
    }
    for part in parts.values.sorted(by: { ($0.first ?? 0) < ($1.first ?? 0) }) { add(part) }
  }

  private mutating func add(_ part: [Int]) {
    for slot in part { classes[slot] = members.count }
    members.append(part)
  }
}

/// What slots have to have in common to be of one class.
enum ShownKind: Hashable {
  /// What they hold.
  case type(ObjectIdentifier)
  /// Which of two writes stands in them.
  case register(ShownStanding)
}
