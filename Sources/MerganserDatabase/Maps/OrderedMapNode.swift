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
  private static var capacity: Int { 40 }
  /// For how many keys there is room: one more than a node may keep.
  private static var room: Int { capacity + 1 }

  /// A node with nothing in it.
  static func make(isLeaf: Bool) -> OrderedMapNode {
    let size = isLeaf ? room * MemoryLayout<Value>.stride : (room + 1) * 8
    let node = create(minimumCapacity: 2 * room + (size + 7) / 8) { _ in
      OrderedMapNodeHeader(isLeaf: isLeaf)
    }
    return unsafeDowncast(node, to: OrderedMapNode.self)
  }

  /// A branch of two children.
  static func make(_ left: OrderedMapNode, _ separator: [UInt8], _ right: OrderedMapNode)
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
  private static func make(
    _ keys: ArraySlice<[UInt8]>, _ values: ArraySlice<Value>, _ children: ArraySlice<OrderedMapNode>
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
    copy.keys.initialize(from: keys, count: count)
    if isLeaf {
      copy.values.initialize(from: values, count: count)
    } else {
      copy.children.initialize(from: children, count: count + 1)
    }
    return copy
  }

  deinit {
    keys.deinitialize(count: count)
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
  private var heads: UnsafeMutablePointer<UInt64> { base }

  @inline(__always)
  private var keys: UnsafeMutablePointer<[UInt8]> {
    UnsafeMutableRawPointer(base + Self.room).assumingMemoryBound(to: [UInt8].self)
  }

  @inline(__always)
  private var values: UnsafeMutablePointer<Value> {
    UnsafeMutableRawPointer(base + 2 * Self.room).assumingMemoryBound(to: Value.self)
  }

  @inline(__always)
  private var children: UnsafeMutablePointer<OrderedMapNode> {
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

  /// The child that has `key`, if one has; nothing in a leaf.
  @inline(__always)
  func unretainedChild(for key: UnsafeRawBufferPointer) -> Unmanaged<OrderedMapNode>? {
    isLeaf ? nil : unretainedChild(childPlace(of: key))
  }

  /// The child that has `key`, if one has, and those beside it; nothing in a leaf.
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
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if heads[middle] < head { low = middle + 1 } else { high = middle }
    }
    while low < count, heads[low] == head {
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
    let (common, prefix) = withUnsafeMutablePointerToHeader {
      ($0.pointee.common, $0.pointee.prefix)
    }
    if common <= 24, key.count >= common {
      func order(_ word: UInt64, at offset: Int) -> Bool? {
        let unused = UInt64(max(0, 64 - 8 * (common - offset)))
        let (mine, theirs) = (ByteOrder.word(key, at: offset) >> unused, word >> unused)
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
      if ByteOrder.precedes(own, shared) { return true }
      return ByteOrder.precedes(shared, own) ? false : nil
    }
  }

  /// Notes anew what the keys have in common, which as they are in order is what the first and the last
  /// have, and what stands behind that.
  private func readHeads() {
    let count = count
    if count == 0 {
      header.common = 0
      return
    }
    let common = keys[0].withUnsafeBytes { first in
      header.prefix = (
        ByteOrder.word(first, at: 0), ByteOrder.word(first, at: 8), ByteOrder.word(first, at: 16)
      )
      return keys[count - 1].withUnsafeBytes { ByteOrder.commonCount(first, $0) }
    }
    header.common = common
    for place in 0..<count { heads[place] = head(of: keys[place]) }
  }

  private func head(of key: [UInt8]) -> UInt64 {
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

// Changing.
extension OrderedMapNode {
  func update<Result, Failure>(
    _ key: UnsafeRawBufferPointer, _ count: inout Int,
    _ body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if isLeaf { return try updateLeaf(key, &count, body) }
    let place = childPlace(of: key)
    let child = ownChild(place)
    let result = try child.update(key, &count, body)
    if child.isOverfull {
      let (separator, right) = child.split()
      (children + place + 2).moveInitialize(from: children + place + 1, count: self.count - place)
      (children + place + 1).initialize(to: right)
      insert(separator, at: place)
    } else if child.count < Self.capacity / 4 {
      fill(childAt: place)
    }
    return result
  }

  /// A child that nobody else refers to.
  private func ownChild(_ place: Int) -> OrderedMapNode {
    if !isKnownUniquelyReferenced(&children[place]) { children[place] = children[place].copy() }
    return children[place]
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
        let behind = self.count - place
        (values + place + 1).moveInitialize(from: values + place, count: behind)
        (values + place).initialize(to: value)
        insert(Array(key), at: place)
        count += 1
      }
      return result
    }
    // Taken out meanwhile, so that it is changed where it stands.
    var value: Value? = (values + place).move()
    defer {
      if let value = value.take() {
        (values + place).initialize(to: value)
      } else {
        let behind = self.count - place - 1
        (values + place).moveInitialize(from: values + place + 1, count: behind)
        removeKey(at: place)
        count -= 1
      }
    }
    return try body(&value)
  }

  /// Puts a key in; what belongs to it has its place already.
  private func insert(_ key: [UInt8], at place: Int) {
    let (count, common) = (count, header.common)
    let shared =
      count == 0
      ? key.count
      : keys[0].withUnsafeBytes { first in
        key.withUnsafeBytes { min(common, ByteOrder.commonCount(first, $0)) }
      }
    (keys + place + 1).moveInitialize(from: keys + place, count: count - place)
    (keys + place).initialize(to: key)
    header.count = count + 1
    if count == 0 || shared < common {
      readHeads()
    } else {
      (heads + place + 1).update(from: heads + place, count: count - place)
      heads[place] = head(of: key)
    }
  }

  /// Takes a key out; what belonged to it has gone already.
  private func removeKey(at place: Int) {
    let behind = count - place - 1
    (keys + place).deinitialize(count: 1)
    (keys + place).moveInitialize(from: keys + place + 1, count: behind)
    (heads + place).update(from: heads + place + 1, count: behind)
    header.count -= 1
  }

  /// Takes a key out and puts another in, if both belong in the same leaf; otherwise nothing has changed.
  ///
  /// - Returns: whether that was done.
  func move(
    from old: UnsafeRawBufferPointer, to new: UnsafeRawBufferPointer, _ value: Value
  ) -> Bool {
    if !isLeaf {
      let place = childPlace(of: old)
      guard childPlace(of: new) == place else { return false }
      return ownChild(place).move(from: old, to: new, value)
    }
    let (from, isThere) = search(old)
    let (to, isTaken) = search(new)
    guard isThere, !isTaken, header.common == 0 || isBefore(new) == nil else { return false }
    let target = to > from ? to - 1 : to
    var key = (keys + from).move()
    if key.count == new.count {
      key.withUnsafeMutableBytes { $0.copyMemory(from: new) }
    } else {
      key = Array(new)
    }
    (values + from).deinitialize(count: 1)
    if from < target {
      let count = target - from
      (keys + from).moveInitialize(from: keys + from + 1, count: count)
      (values + from).moveInitialize(from: values + from + 1, count: count)
      (heads + from).update(from: heads + from + 1, count: count)
    } else if target < from {
      let count = from - target
      (keys + target + 1).moveInitialize(from: keys + target, count: count)
      (values + target + 1).moveInitialize(from: values + target, count: count)
      (heads + target + 1).update(from: heads + target, count: count)
    }
    (keys + target).initialize(to: key)
    (values + target).initialize(to: value)
    heads[target] = ByteOrder.word(new, at: header.common)
    return true
  }

  /// Parts with the upper half, and returns it with the key that separates the two.
  func split() -> (separator: [UInt8], right: OrderedMapNode) {
    let (count, middle) = (count, count / 2)
    let separator = keys[middle]
    let right = Self.make(isLeaf: isLeaf)
    if isLeaf {
      right.header.count = count - middle
      right.keys.moveInitialize(from: keys + middle, count: count - middle)
      right.values.moveInitialize(from: values + middle, count: count - middle)
    } else {
      // The key in the middle goes up.
      right.header.count = count - middle - 1
      (keys + middle).deinitialize(count: 1)
      right.keys.moveInitialize(from: keys + middle + 1, count: count - middle - 1)
      right.children.moveInitialize(from: children + middle + 1, count: count - middle)
    }
    header.count = middle
    readHeads()
    right.readHeads()
    return (separator, right)
  }

  /// Puts a child that has become small together with a neighbour, in one node or two equal ones.
  private func fill(childAt place: Int) {
    let left = place > 0 ? place - 1 : place
    guard left < count else { return }
    let (first, second) = (children[left], children[left + 1])
    var keys = first.keyArray
    if !first.isLeaf { keys.append(self.keys[left]) }
    keys += second.keyArray
    let (values, nodes) = (
      first.valueArray + second.valueArray, first.childArray + second.childArray
    )
    if keys.count <= Self.capacity * 3 / 4 {
      children[left] = Self.make(keys[...], values[...], nodes[...])
      (children + left + 1).deinitialize(count: 1)
      (children + left + 1).moveInitialize(
        from: children + left + 2, count: count - left - 1)
      removeKey(at: left)
      return
    }
    let middle = keys.count / 2
    self.keys[left] = keys[middle]
    if first.isLeaf {
      children[left] = Self.make(keys[..<middle], values[..<middle], [])
      children[left + 1] = Self.make(keys[middle...], values[middle...], [])
    } else {
      children[left] = Self.make(keys[..<middle], [], nodes[...middle])
      children[left + 1] = Self.make(keys[(middle + 1)...], [], nodes[(middle + 1)...])
    }
    readHeads()
  }

  private var keyArray: [[UInt8]] { Array(UnsafeBufferPointer(start: keys, count: count)) }

  private var valueArray: [Value] {
    isLeaf ? Array(UnsafeBufferPointer(start: values, count: count)) : []
  }

  private var childArray: [OrderedMapNode] {
    Array(UnsafeBufferPointer(start: children, count: childCount))
  }
}
