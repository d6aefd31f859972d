/// A node of an ``OrderedMap``: a leaf with keys and values, or a branch with children and the keys that
/// separate them.
///
/// The keys of a node often begin alike, as those of a path do. A search compares what they have in
/// common once, and of each key no more than the eight bytes behind that, which stand together; only keys
/// that agree in these are looked at.
///
/// Sendable although it changes: only a map that alone refers to a node changes it. No access to its
/// properties lasts while anything else runs, which need not be checked at run time.
final class OrderedMapNode<Value: Sendable>: @unchecked Sendable {
  /// A change to a shared map copies a node at each level: small ones make that cheap.
  private static var capacity: Int { 16 }

  /// In a leaf the keys; in a branch, for each child but the first, a key that none of the child's
  /// is before, and that all in the children before it are before.
  @exclusivity(unchecked) private var keys: [[UInt8]]
  /// How many bytes all keys have in common at their beginning, or fewer.
  @exclusivity(unchecked) private var common = 0
  /// The first eight of these bytes, as a number.
  @exclusivity(unchecked) private var prefix: UInt64 = 0
  /// The eight bytes of each key behind the common ones, as a number.
  @exclusivity(unchecked) private var heads: [UInt64] = []
  @exclusivity(unchecked) private var values: [Value?]
  @exclusivity(unchecked) private(set) var children: [OrderedMapNode]

  init() {
    keys = []
    values = []
    children = []
  }

  init(children: [OrderedMapNode], keys: [[UInt8]]) {
    self.children = children
    self.keys = keys
    values = []
    readHeads()
  }

  private init(keys: [[UInt8]], values: [Value?], children: [OrderedMapNode]) {
    self.keys = keys
    self.values = values
    self.children = children
    readHeads()
  }

  private init(copying other: OrderedMapNode) {
    (keys, common, prefix, heads) = (other.keys, other.common, other.prefix, other.heads)
    (values, children) = (other.values, other.children)
  }

  func copy() -> OrderedMapNode { OrderedMapNode(copying: self) }

  /// How many keys there are.
  var count: Int { keys.count }

  var isOverfull: Bool { keys.count > Self.capacity }

  /// The key at a place of a leaf, and its value.
  func entry(_ place: Int) -> (key: [UInt8], value: Value) {
    // A leaf has a value for each key whenever no update is under way.
    guard let value = values[place] else { preconditionFailure("a key without a value") }
    return (keys[place], value)
  }
}

// Searching.
extension OrderedMapNode {
  /// The place of the first key that is not before `key`.
  func place(of key: [UInt8]) -> Int { key.withUnsafeBytes { search($0).place } }

  /// The place of the child that has `key`, if one has.
  func childPlace(of key: [UInt8]) -> Int { key.withUnsafeBytes { childPlace(of: $0) } }

  private func childPlace(of key: UnsafeRawBufferPointer) -> Int {
    let (place, isFound) = search(key)
    return isFound ? place + 1 : place
  }

  func value(of key: UnsafeRawBufferPointer) -> Value? {
    var node = self
    while !node.children.isEmpty { node = node.children[node.childPlace(of: key)] }
    let (place, isFound) = node.search(key)
    return isFound ? node.values[place] : nil
  }

  /// The place of the first key that is not before `key`, and whether it is `key`.
  private func search(_ key: UnsafeRawBufferPointer) -> (place: Int, isFound: Bool) {
    if heads.isEmpty { return (0, false) }
    if common > 0, let isBefore = isBefore(key) { return (isBefore ? 0 : heads.count, false) }
    let head = ByteOrder.word(key, at: common)
    var (low, high) = (0, heads.count)
    heads.withUnsafeBufferPointer { heads in
      while low < high {
        let middle = (low + high) / 2
        if heads[middle] < head { low = middle + 1 } else { high = middle }
      }
    }
    while low < heads.count, heads[low] == head {
      let order = keys[low].withUnsafeBytes { bytes -> Int in
        if ByteOrder.precedes(bytes, key, from: common + 8) { return -1 }
        return ByteOrder.precedes(key, bytes, from: common + 8) ? 1 : 0
      }
      if order >= 0 { return (low, order == 0) }
      low += 1
    }
    return (low, false)
  }

  /// Whether `key` stands before all keys here, or behind them; nothing where it begins as they do.
  private func isBefore(_ key: UnsafeRawBufferPointer) -> Bool? {
    if common <= 8, key.count >= common {
      let unused = UInt64(64 - 8 * common)
      let (mine, theirs) = (ByteOrder.word(key, at: 0) >> unused, prefix >> unused)
      return mine == theirs ? nil : mine < theirs
    }
    return keys[0].withUnsafeBytes { first in
      let shared = UnsafeRawBufferPointer(rebasing: first[..<common])
      let own = UnsafeRawBufferPointer(rebasing: key[..<min(common, key.count)])
      if ByteOrder.precedes(own, shared) { return true }
      return ByteOrder.precedes(shared, own) ? false : nil
    }
  }

  /// Notes anew what the keys have in common, which as they are in order is what the first and the last
  /// have, and what stands behind that.
  private func readHeads() {
    guard let first = keys.first, let last = keys.last else {
      (common, heads) = (0, [])
      return
    }
    (common, prefix) = first.withUnsafeBytes { first in
      last.withUnsafeBytes { last in
        (ByteOrder.commonCount(first, last), ByteOrder.word(first, at: 0))
      }
    }
    heads = keys.map { key in key.withUnsafeBytes { ByteOrder.word($0, at: common) } }
  }

  private func insert(_ key: [UInt8], at place: Int) {
    let shared =
      keys.first.map { first in
        first.withUnsafeBytes { first in
          key.withUnsafeBytes { min(common, ByteOrder.commonCount(first, $0)) }
        }
      } ?? key.count
    keys.insert(key, at: place)
    if shared < common || keys.count == 1 {
      readHeads()
    } else {
      heads.insert(key.withUnsafeBytes { ByteOrder.word($0, at: common) }, at: place)
    }
  }
}

// Changing.
extension OrderedMapNode {
  func update<Result, Failure>(
    _ key: UnsafeRawBufferPointer, _ count: inout Int,
    _ body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if children.isEmpty { return try updateLeaf(key, &count, body) }
    let place = childPlace(of: key)
    if !isKnownUniquelyReferenced(&children[place]) { children[place] = children[place].copy() }
    let result = try children[place].update(key, &count, body)
    if children[place].isOverfull {
      let (separator, right) = children[place].split()
      insert(separator, at: place)
      children.insert(right, at: place + 1)
    } else if children[place].keys.count < Self.capacity / 4 {
      fill(childAt: place)
    }
    return result
  }

  private func updateLeaf<Result, Failure>(
    _ key: UnsafeRawBufferPointer, _ count: inout Int,
    _ body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let (place, isFound) = search(key)
    guard isFound else {
      var value: Value?
      let result = try body(&value)
      if let value {
        insert(Array(key), at: place)
        values.insert(value, at: place)
        count += 1
      }
      return result
    }
    // Taken out meanwhile, so that it is changed where it stands.
    var value = values[place].take()
    defer {
      if value != nil {
        values[place] = value
      } else {
        keys.remove(at: place)
        heads.remove(at: place)
        values.remove(at: place)
        count -= 1
      }
    }
    return try body(&value)
  }

  /// Parts with the upper half, and returns it with the key that separates the two.
  func split() -> (separator: [UInt8], right: OrderedMapNode) {
    let middle = keys.count / 2
    let separator = keys[middle]
    let right: OrderedMapNode
    if children.isEmpty {
      right = OrderedMapNode(
        keys: Array(keys[middle...]), values: Array(values[middle...]), children: [])
      values.removeSubrange(middle...)
      keys.removeSubrange(middle...)
    } else {
      right = OrderedMapNode(
        keys: Array(keys[(middle + 1)...]), values: [], children: Array(children[(middle + 1)...]))
      children.removeSubrange((middle + 1)...)
      keys.removeSubrange(middle...)
    }
    readHeads()
    return (separator, right)
  }

  /// Puts a child that has become small together with a neighbour, in one node or two equal ones.
  private func fill(childAt place: Int) {
    let left = place > 0 ? place - 1 : place
    guard left + 1 < children.count else { return }
    let (first, second) = (children[left], children[left + 1])
    let between = first.children.isEmpty ? [] : [keys[left]]
    let joined = OrderedMapNode(
      keys: first.keys + between + second.keys, values: first.values + second.values,
      children: first.children + second.children)
    children[left] = joined
    if joined.keys.count > Self.capacity * 3 / 4 {
      let (separator, right) = joined.split()
      children[left + 1] = right
      keys[left] = separator
    } else {
      children.remove(at: left + 1)
      keys.remove(at: left)
    }
    readHeads()
  }
}
