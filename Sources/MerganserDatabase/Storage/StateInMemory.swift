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

  /// Takes over which versions another has set aside, and how many dependencies it could not verify.
  mutating func takeSetAside(from other: StateInMemory) {
    let (aside, spine) = (Int(StateSpace.aside.rawValue), Int(StateSpace.spine.rawValue))
    spaces[aside] = other.spaces[aside]
    spaces[spine][SpineEntry.unverifiedKey] = other.spaces[spine][SpineEntry.unverifiedKey]
  }

  /// How many bytes the entries of one kind take.
  ///
  /// - Complexity: O(*n*).
  func size(of space: StateSpace) -> Int {
    let entries = entries(from: [], in: space)
    var size = 0
    while let entry = try? entries.next() { size += entry.key.count + entry.value.count }
    return size
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
