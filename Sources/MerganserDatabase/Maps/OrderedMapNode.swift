import CXXHash

/// What stands in front of a node's keys.
struct OrderedMapNodeHeader {
  let isLeaf: Bool
  /// How many keys there are.
  var count = 0
  /// How many bytes all keys have in common at their beginning, or fewer.
  var common = 0
  /// The first 24 of these bytes, as numbers.
  var prefix: (UInt64, UInt64, UInt64) = (0, 0, 0)
}

/// A node of an ``OrderedMap``: a leaf with keys and values, or a branch with children and the keys that
/// separate them.
///
/// In a branch, each child but the first has a key that none of the child's is before, and that all in the
/// children before it are before.
///
/// The keys of a node often begin alike, as those of a path do. A search compares what they have in
/// common once, and of each key no more than the eight bytes behind that, its *head*; only a key that
/// agrees in these is looked at. In a large map every node on the way down is far from the processor, so
/// all of a node lies in one piece: the header, the heads, references to the keys, and then the values or
/// the children.
final class OrderedMapNode<Value: Sendable>: ManagedBuffer<OrderedMapNodeHeader, UInt64> {
  /// How many keys a node may keep: so many that a million of them take four levels, of which the upper
  /// ones stay near the processor, and so few that copying a node of a shared map is cheap.
  static var capacity: Int { 40 }
  /// For how many keys there is room: one more than a node may keep.
  static var room: Int { capacity + 1 }

  /// A node with nothing in it.
  static func make(isLeaf: Bool) -> OrderedMapNode {
    let size = isLeaf ? room * MemoryLayout<Value>.stride : (room + 1) * 8
    let node = create(minimumCapacity: 2 * room + (size + 7) / 8) { _ in
      OrderedMapNodeHeader(isLeaf: isLeaf)
    }
    return unsafeDowncast(node, to: OrderedMapNode.self)
  }

  /// A branch of two children.
  static func make(left: OrderedMapNode, separator: [UInt8], right: OrderedMapNode)
    -> OrderedMapNode
  {
    let node = make(isLeaf: false)
    node.keys.initialize(to: separator)
    node.children.initialize(to: left)
    (node.children + 1).initialize(to: right)
    node.header.count = 1
    node.readHeads()
    return node
  }

  /// A node of the given keys with what belongs to them, of which one of the two is empty.
  static func make(
    keys: ArraySlice<[UInt8]>, values: ArraySlice<Value>, children: ArraySlice<OrderedMapNode>
  ) -> OrderedMapNode {
    let node = make(isLeaf: children.isEmpty)
    for (place, key) in keys.enumerated() { (node.keys + place).initialize(to: key) }
    for (place, value) in values.enumerated() { (node.values + place).initialize(to: value) }
    for (place, child) in children.enumerated() { (node.children + place).initialize(to: child) }
    node.header.count = keys.count
    node.readHeads()
    return node
  }

  func copy() -> OrderedMapNode {
    let copy = Self.make(isLeaf: isLeaf)
    copy.header = header
    copy.heads.update(from: heads, count: count)
    // One by one, the compiler knows the type of the keys, and counts references without asking for it.
    for place in 0..<count { (copy.keys + place).initialize(to: keys[place]) }
    if isLeaf {
      copy.values.initialize(from: values, count: count)
    } else {
      copy.children.initialize(from: children, count: count + 1)
    }
    return copy
  }

  deinit {
    for place in 0..<count { (keys + place).deinitialize(count: 1) }
    if isLeaf {
      values.deinitialize(count: count)
    } else {
      children.deinitialize(count: childCount)
    }
  }
}

// What is where.
extension OrderedMapNode {
  @inline(__always)
  private var base: UnsafeMutablePointer<UInt64> { withUnsafeMutablePointerToElements { $0 } }

  @inline(__always)
  var heads: UnsafeMutablePointer<UInt64> { base }

  @inline(__always)
  var keys: UnsafeMutablePointer<[UInt8]> {
    UnsafeMutableRawPointer(base + Self.room).assumingMemoryBound(to: [UInt8].self)
  }

  @inline(__always)
  var values: UnsafeMutablePointer<Value> {
    UnsafeMutableRawPointer(base + 2 * Self.room).assumingMemoryBound(to: Value.self)
  }

  @inline(__always)
  var children: UnsafeMutablePointer<OrderedMapNode> {
    UnsafeMutableRawPointer(base + 2 * Self.room).assumingMemoryBound(to: OrderedMapNode.self)
  }

  @inline(__always)
  var isLeaf: Bool { withUnsafeMutablePointerToHeader { $0.pointee.isLeaf } }

  /// How many keys there are.
  @inline(__always)
  var count: Int { withUnsafeMutablePointerToHeader { $0.pointee.count } }

  /// How many children there are; a branch has one more than it has keys.
  @inline(__always)
  var childCount: Int { isLeaf ? 0 : count + 1 }

  @inline(__always)
  func child(_ place: Int) -> OrderedMapNode { children[place] }

  /// The child that has `key`, if one has; `nil` in a leaf.
  @inline(__always)
  func unretainedChild(for key: UnsafeRawBufferPointer) -> Unmanaged<OrderedMapNode>? {
    isLeaf ? nil : unretainedChild(childPlace(of: key))
  }

  /// The child that has `key`, if one has, and those beside it; `nil` in a leaf.
  @inline(__always)
  func unretainedChildren(
    for key: UnsafeRawBufferPointer
  ) -> (
    before: Unmanaged<OrderedMapNode>?, child: Unmanaged<OrderedMapNode>,
    after: Unmanaged<OrderedMapNode>?
  )? {
    if isLeaf { return nil }
    let place = childPlace(of: key)
    return (
      place > 0 ? unretainedChild(place - 1) : nil, unretainedChild(place),
      place < count ? unretainedChild(place + 1) : nil
    )
  }

  @inline(__always)
  private func unretainedChild(_ place: Int) -> Unmanaged<OrderedMapNode> {
    UnsafeMutableRawPointer(children + place).load(as: Unmanaged<OrderedMapNode>.self)
  }

  var isOverfull: Bool { count > Self.capacity }

  /// The key at a place of a leaf, and its value.
  func entry(_ place: Int) -> (key: [UInt8], value: Value) { (keys[place], values[place]) }

  /// What comes first below.
  var firstEntry: (key: [UInt8], value: Value)? {
    var node = self
    while !node.isLeaf { node = node.child(0) }
    return node.count > 0 ? node.entry(0) : nil
  }

  /// What comes last below.
  var lastEntry: (key: [UInt8], value: Value)? {
    var node = self
    while !node.isLeaf { node = node.child(node.count) }
    return node.count > 0 ? node.entry(node.count - 1) : nil
  }
}

// Searching.
extension OrderedMapNode {
  /// The place of the child that has `key`, if one has.
  func childPlace(of key: UnsafeRawBufferPointer) -> Int {
    let (place, isFound) = search(key)
    return isFound ? place + 1 : place
  }

  func value(of key: UnsafeRawBufferPointer) -> Value? {
    // Who holds the root holds all below it; none is counted on the way down.
    var node = Unmanaged.passUnretained(self)
    while true {
      let next = node._withUnsafeGuaranteedRef { $0.unretainedChild(for: key) }
      guard let next else { break }
      node = next
    }
    return node._withUnsafeGuaranteedRef { node in
      let (place, isFound) = node.search(key)
      return isFound ? node.values[place] : nil
    }
  }

  /// The place of the first key that is not before `key`, and whether it is `key`.
  func search(_ key: UnsafeRawBufferPointer) -> (place: Int, isFound: Bool) {
    let count = count
    if count == 0 { return (0, false) }
    let common = withUnsafeMutablePointerToHeader { $0.pointee.common }
    if common > 0, let isBefore = isBefore(key) { return (isBefore ? 0 : count, false) }
    let head = ByteOrder.word(key, at: common)
    let heads = heads
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if heads[middle] < head { low = middle + 1 } else { high = middle }
    }
    while low < count, heads[low] == head {
      let order = keys[low].withUnsafeBytes { bytes -> Int in
        if ByteOrder.precedes(left: bytes, right: key, from: common + 8) { return -1 }
        return ByteOrder.precedes(left: key, right: bytes, from: common + 8) ? 1 : 0
      }
      if order >= 0 { return (low, order == 0) }
      low += 1
    }
    return (low, false)
  }

  /// Whether `key` stands before all keys here, or behind them; `nil` if it begins as they do.
  func isBefore(_ key: UnsafeRawBufferPointer) -> Bool? {
    let (common, prefix) = withUnsafeMutablePointerToHeader {
      ($0.pointee.common, $0.pointee.prefix)
    }
    if common <= 24, key.count >= common {
      func order(_ word: UInt64, at offset: Int) -> Bool? {
        let unused = UInt64(max(0, 64 - 8 * (common - offset)))
        let mine = ByteOrder.word(key, at: offset) >> unused
        let theirs = word >> unused
        return mine == theirs ? nil : mine < theirs
      }
      if let isBefore = order(prefix.0, at: 0) { return isBefore }
      if common > 8, let isBefore = order(prefix.1, at: 8) { return isBefore }
      if common > 16, let isBefore = order(prefix.2, at: 16) { return isBefore }
      return nil
    }
    return keys[0].withUnsafeBytes { first in
      let shared = UnsafeRawBufferPointer(rebasing: first[..<common])
      let own = UnsafeRawBufferPointer(rebasing: key[..<min(common, key.count)])
      if ByteOrder.precedes(left: own, right: shared) { return true }
      return ByteOrder.precedes(left: shared, right: own) ? false : nil
    }
  }

  /// Notes anew what the keys have in common, which as they are in order is what the first and the last
  /// have, and what stands behind that.
  func readHeads() {
    let count = count
    if count == 0 {
      header.common = 0
      return
    }
    let common = keys[0].withUnsafeBytes { first in
      header.prefix = (
        ByteOrder.word(first, at: 0), ByteOrder.word(first, at: 8), ByteOrder.word(first, at: 16)
      )
      return keys[count - 1].withUnsafeBytes { ByteOrder.commonCount(first, with: $0) }
    }
    header.common = common
    for place in 0..<count { heads[place] = head(of: keys[place]) }
  }

  func head(of key: [UInt8]) -> UInt64 {
    key.withUnsafeBytes { ByteOrder.word($0, at: header.common) }
  }
}

// Asking for memory ahead of its use.
extension OrderedMapNode {
  /// Asks for what a search looks at.
  func prefetchHeads() {
    let start = UnsafeRawPointer(base)
    for offset in stride(from: -64, to: 8 * Self.room, by: 64) {
      merganser_prefetch(start + offset)
    }
  }

  /// Asks for the entry at a place of a leaf, and for its neighbours.
  func prefetchEntries(around place: Int) {
    for place in max(0, place - 1)..<min(count, place + 2) {
      let key = UnsafeRawPointer(keys + place).load(as: UnsafeRawPointer.self)
      merganser_prefetch(key)
      merganser_prefetch(key + 64)
      merganser_prefetch(values + place)
    }
  }
}
