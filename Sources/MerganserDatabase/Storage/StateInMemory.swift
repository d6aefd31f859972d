/// Stored rows in memory.
struct StateInMemory: StoredState {
  private(set) var checkpoint: Checkpoint?
  private var spaces = [OrderedMap<[UInt8]>](
    repeating: OrderedMap(), count: StateSpace.allCases.count)

  /// Stores a part of a checkpoint.
  mutating func store(_ step: CheckpointStep) {
    for change in step.changes { spaces[Int(change.space.rawValue)][change.key] = change.value }
    if let completes = step.completes { checkpoint = completes }
  }

  /// Takes over which versions another has set aside.
  mutating func takeSetAside(from other: StateInMemory) {
    let place = Int(StateSpace.aside.rawValue)
    spaces[place] = other.spaces[place]
  }

  func value(of key: [UInt8], in space: StateSpace) -> [UInt8]? {
    spaces[Int(space.rawValue)][key]
  }

  func entry(before key: [UInt8], in space: StateSpace) -> StateEntry? {
    spaces[Int(space.rawValue)].last(before: key).map { StateEntry(key: $0.key, value: $0.value) }
  }

  func entries(from key: [UInt8], in space: StateSpace) -> any StateReader {
    Reader(spaces[Int(space.rawValue)].entries(from: key))
  }

  private final class Reader: StateReader {
    private var entries: OrderedMap<[UInt8]>.Iterator

    init(_ entries: OrderedMap<[UInt8]>.Iterator) { self.entries = entries }

    func next() -> StateEntry? { entries.next().map { StateEntry(key: $0.key, value: $0.value) } }
  }
}
