/// What one replica makes of a row that nobody else writes to: which of its states lead to which.
struct ShownCourse {
  /// The replica, or the owner of a value, whoever that is.
  let writer: Int
  /// The pairs of states the first of which leads to the second, by one step or several.
  private var pairs: Set<UInt64> = []

  init(writer: Int) { self.writer = writer }

  /// Whether one state leads to another one.
  func leads(from one: UInt32, to other: UInt32) -> Bool {
    pairs.contains(Self.pair(one, to: other))
  }

  /// Adds a step.
  ///
  /// - Returns: whether it leads to where nothing led before.
  mutating func append(from one: UInt32, to other: UInt32) -> Bool {
    if one == other || leads(from: one, to: other) { return false }
    var sources = [one]
    var targets = [other]
    for pair in pairs {
      let (source, target) = (
        UInt32(truncatingIfNeeded: pair >> 32), UInt32(truncatingIfNeeded: pair)
      )
      if target == one { sources.append(source) }
      if source == other { targets.append(target) }
    }
    for source in sources {
      for target in targets { pairs.insert(Self.pair(source, to: target)) }
    }
    return true
  }

  private static func pair(_ one: UInt32, to other: UInt32) -> UInt64 {
    UInt64(one) << 32 | UInt64(other)
  }
}
