/// Stored rows in memory.
struct StateInMemory: StoredState {
  private(set) var checkpoint: Checkpoint?
  private var spaces = [OrderedMap<[UInt8]>](
    repeating: OrderedMap(), count: Keyspace.allCases.count)
  /// How many bytes the entries of the spine take.
  private(set) var spineSize = 0

  /// Stores a part of a checkpoint.
  mutating func store(_ step: CheckpointStep) {
    for change in step.changes {
      let space = Int(change.space.rawValue)
      if change.space == .spine {
        spineSize += Self.size(change.key, value: change.value)
        spineSize -= Self.size(change.key, value: spaces[space][change.key])
      }
      spaces[space][change.key] = change.value
    }
    if let completes = step.completes { checkpoint = completes }
  }

  /// Takes over which versions another has set aside, and how many dependencies it could not verify.
  mutating func takeSetAside(from other: StateInMemory) {
    let aside = Int(Keyspace.aside.rawValue)
    spaces[aside] = other.spaces[aside]
    let key = SpineEntry.unverifiedKey
    store(CheckpointStep([.init(.spine, key: key, value: other.value(of: key, in: .spine))]))
  }

  /// How many bytes a key takes with its value; 0 if it has none.
  private static func size(_ key: [UInt8], value: [UInt8]?) -> Int {
    value.map { key.count + $0.count } ?? 0
  }

  func value(of key: [UInt8], in space: Keyspace) -> [UInt8]? {
    spaces[Int(space.rawValue)][key]
  }

  /// Whether a keyspace is the same as in another state, of which it is a copy.
  func isCopy(of other: StateInMemory, in space: Keyspace) -> Bool {
    spaces[Int(space.rawValue)].isCopy(of: other.spaces[Int(space.rawValue)])
  }

  func entry(before key: [UInt8], in space: Keyspace) -> StateEntry? {
    spaces[Int(space.rawValue)].last(before: key).map { StateEntry(key: $0.key, value: $0.value) }
  }

  func entries(from key: [UInt8], in space: Keyspace) -> any StateReader {
    Reader(spaces[Int(space.rawValue)].entries(from: key))
  }

  private final class Reader: StateReader {
    private var entries: OrderedMap<[UInt8]>.Iterator

    init(_ entries: OrderedMap<[UInt8]>.Iterator) { self.entries = entries }

    func next() -> StateEntry? { entries.next().map { StateEntry(key: $0.key, value: $0.value) } }
  }
}
