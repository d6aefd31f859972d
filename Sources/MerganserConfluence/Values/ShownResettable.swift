import MerganserTypes

/// A counter shows how much each replica counted that was not taken back, up and down; how often that was so before it
/// does not show.
///
/// Of what one replica counted, and of how much of it was taken back, each side of a merge has the greater one or the
/// smaller one: what is left lies between what is left on the sides. Where several replicas created the row, each
/// creation has its own, and any part of both may be left; but never more than its own replica saw at some time, for
/// whoever has a count has all that its replica had seen taken back before.
extension ResettableCounter: ShownType {
  /// What is left of one replica's counts.
  private struct Left: Equatable {
    var up: Int64 = 0
    var down: Int64 = 0
  }

  static var hangsOnSeen: Bool { true }

  static func plain(_ store: Self, as author: inout Author) throws -> Self {
    // Another author has taken back something before.
    let before = Int64(truncatingIfNeeded: author.time.bits & 0xF) - 1
    var plain = Self()
    let left = try store.left
    if before > 0 {
      for replica in left.keys.sorted() {
        try plain.increment(by: before, as: replica)
        try plain.decrement(by: before, as: replica)
      }
      plain.reset(as: author.replica)
    }
    try plain.add(left)
    return plain
  }

  static func joins(
    _ one: Self, with other: Self, among: ShownHabits<Self>
  ) throws -> [Self] {
    let (mine, theirs) = (try one.left, try other.left)
    let seen = among.mayHaveSeveralCreations ? try among.seen().map { try $0.left } : []
    let replicas = Set(mine.keys).union(theirs.keys).sorted()
    return try choices(of: replicas) { replica in
      let (one, other) = (mine[replica] ?? Left(), theirs[replica] ?? Left())
      if !among.mayHaveSeveralCreations {
        return (
          min(one.up, other.up)...max(one.up, other.up),
          min(one.down, other.down)...max(one.down, other.down)
        )
      }
      let most = seen.reduce(into: Left()) { most, some in
        most.up = max(most.up, some[replica]?.up ?? 0)
        most.down = max(most.down, some[replica]?.down ?? 0)
      }
      return (
        0...max(one.up, other.up, min(one.up + other.up, most.up)),
        0...max(one.down, other.down, min(one.down + other.down, most.down))
      )
    }
  }

  static func parts(of store: Self, seen: [Self]) throws -> [Self] {
    let left = try store.left
    return try choices(of: left.keys.sorted()) {
      (0...(left[$0]?.up ?? 0), 0...(left[$0]?.down ?? 0))
    }
  }

  /// All counters in which as much is left of each replica's counts as it may be.
  private static func choices(
    of replicas: [ReplicaID],
    in range: (ReplicaID) -> (up: ClosedRange<Int64>, down: ClosedRange<Int64>)
  ) throws -> [Self] {
    try replicas.reduce([Self()]) { choices, replica in
      let (up, down) = range(replica)
      guard up.upperBound <= 16, down.upperBound <= 16 else { throw TooManyOutcomes() }
      return try choices.flatMap { choice in
        try up.flatMap { up in
          try down.map { down in
            var choice = choice
            try choice.add([replica: Left(up: up, down: down)])
            return choice
          }
        }
      }.checked()
    }
  }

  private mutating func add(_ left: [ReplicaID: Left]) throws {
    for (replica, left) in left.sorted(by: { $0.key < $1.key }) {
      if left.up > 0 { try increment(by: left.up, as: replica) }
      if left.down > 0 { try decrement(by: left.down, as: replica) }
    }
  }

  /// By replica: what is left of its counts.
  private var left: [ReplicaID: Left] {
    get throws {
      var left: [ReplicaID: Left] = [:]
      for (replica, up, down) in amountsLeft {
        guard up <= 1 << 20, down <= 1 << 20 else { throw TooManyOutcomes() }
        if up > 0 || down > 0 { left[replica] = Left(up: Int64(up), down: Int64(down)) }
      }
      return left
    }
  }
}
