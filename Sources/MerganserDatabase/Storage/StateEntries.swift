/// Stored entries in the order of their keys, in one piece of memory, so that none is allocated for each of them.
///
/// The first of them is looked at and then removed, as in a queue.
public struct StateEntries: Sendable {
  private var bytes: [UInt8] = []
  /// Where the key and the value of each entry end.
  private var ends: [(key: Int, value: Int)] = []
  /// The place of the first entry, and where it begins.
  private var (first, start) = (0, 0)

  /// No entries.
  package init() {}

  /// Whether there are none.
  package var isEmpty: Bool { first == ends.count }

  /// How many entries there are.
  package var count: Int { ends.count - first }

  /// Adds an entry behind the others.
  public mutating func append(_ key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: key)
    let end = bytes.count
    bytes.append(contentsOf: value)
    ends.append((end, bytes.count))
  }

  /// Removes all entries; their memory is used again.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    first = 0
    start = 0
  }

  /// Removes the first entry, if there is one.
  package mutating func removeFirst() {
    guard !isEmpty else { return }
    start = ends[first].value
    first += 1
  }

  /// Hands the first entry to `body`, where its bytes lie; returns `nil` if there is none.
  package func withFirst<Value, Failure>(
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(Failure) ->
      Value
  ) throws(Failure) -> Value? {
    guard !isEmpty else { return nil }
    let (key, value) = ends[first]
    let result: Result<Value, Failure> = bytes.withUnsafeBytes { bytes in
      Result { () throws(Failure) in
        try body(
          UnsafeRawBufferPointer(rebasing: bytes[start..<key]),
          UnsafeRawBufferPointer(rebasing: bytes[key..<value]))
      }
    }
    return try result.get()
  }

  /// The first entry; `nil` if there is none.
  package var firstEntry: StateEntry? {
    withFirst { StateEntry(key: Array($0), value: Array($1)) }
  }
}
