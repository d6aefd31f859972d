/// Values by byte strings, in the order of these: a B-tree whose copies share what they have in common.
///
/// A copy costs nothing; a change afterwards copies the nodes on the way to it, and no others. A
/// change to a map that has no copy is made in place.
///
/// Sendable although its nodes change: only a map that alone refers to a node changes it.
///
/// - Complexity: looking up and changing take O(log *n*); stepping on takes O(1) on average.
package struct OrderedMap<Value: Sendable>: @unchecked Sendable {
  /// Nothing for a map that never had a key: such maps are made all the time, and cost nothing.
  private(set) var root: OrderedMapNode<Value>?
  /// How many keys there are.
  package private(set) var count = 0

  /// The map in which nothing is.
  package init() {}

  /// Whether it is a copy of another map that nobody has changed since.
  func isCopy(of other: OrderedMap) -> Bool { root === other.root && count == other.count }

  /// Whether nothing is in it.
  package var isEmpty: Bool { count == 0 }

  /// The value of a key; setting it to nothing takes the key out.
  package subscript(key: [UInt8]) -> Value? {
    get { key.withUnsafeBytes { value(of: $0) } }
    set { key.withUnsafeBytes { update($0, sharing: key) { $0 = newValue } } }
  }

  /// The value of a key.
  package func value(of key: UnsafeRawBufferPointer) -> Value? { root?.value(of: key) }

  /// Changes the value of a key where it stands; a value that becomes nothing takes the key out, also if `body` then
  /// throws.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - array: the key as an array, for a new key to be kept as that instead of a copy.
  ///   - body: changes the value.
  /// - Returns: what `body` returned.
  /// - Throws: what `body` throws.
  package mutating func update<Result, Failure>(
    _ key: UnsafeRawBufferPointer, sharing array: [UInt8]? = nil,
    body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var node = root.take() ?? OrderedMapNode.make(isLeaf: true)
    if !isKnownUniquelyReferenced(&node) { node = node.copy() }
    defer {
      if node.isOverfull {
        let (separator, right) = node.split()
        node = OrderedMapNode.make(left: node, separator: separator, right: right)
      } else if node.childCount == 1 {
        node = node.child(0)
      }
      root = node
    }
    return try node.update(key, sharing: array, count: &count, body: body)
  }

  /// The last key before `key`, and its value.
  package func last(before key: [UInt8]) -> (key: [UInt8], value: Value)? {
    key.withUnsafeBytes { neighbors(of: $0).before }
  }

  /// The last key before `key` and the first behind it, which itself may be there or not.
  package func neighbors(
    of key: UnsafeRawBufferPointer
  ) -> (before: (key: [UInt8], value: Value)?, after: (key: [UInt8], value: Value)?) {
    guard let root else { return (nil, nil) }
    // Who holds the root holds all below it; none is counted on the way down. Beside it, the children that
    // were passed last on either side.
    var node = Unmanaged.passUnretained(root)
    var (left, right): (Unmanaged<OrderedMapNode<Value>>?, Unmanaged<OrderedMapNode<Value>>?)
    while let next = node._withUnsafeGuaranteedRef({ $0.unretainedChildren(for: key) }) {
      node = next.child
      left = next.before ?? left
      right = next.after ?? right
    }
    return withExtendedLifetime(root) {
      node._withUnsafeGuaranteedRef { node in
        let (place, isFound) = node.search(key)
        let next = isFound ? place + 1 : place
        return (
          place > 0 ? node.entry(place - 1) : left?._withUnsafeGuaranteedRef { $0.lastEntry },
          next < node.count ? node.entry(next) : right?._withUnsafeGuaranteedRef { $0.firstEntry }
        )
      }
    }
  }

  /// Takes a key out and puts another in its place with a value of its own.
  package mutating func move(
    from old: UnsafeRawBufferPointer, to new: UnsafeRawBufferPointer, value: Value
  ) {
    // Taken out meanwhile, as a second reference would have the node copied.
    if var node = root.take() {
      defer { root = node }
      if !isKnownUniquelyReferenced(&node) { node = node.copy() }
      if node.move(from: old, to: new, value: value) { return }
    }
    update(old) { $0 = nil }
    update(new) { $0 = value }
  }

  /// Asks for what changes to several maps are going to touch, for all of them at the same time.
  ///
  /// In large maps a change takes less time than the memory takes to hand over what it looks at, and those
  /// waits are as long for many as for one.
  static func prefetch(_ places: [(map: OrderedMap, key: [UInt8])]) {
    var nodes = places.compactMap { place in
      place.map.root.map { (node: Unmanaged.passUnretained($0), key: place.key) }
    }
    var isDescending = true
    while isDescending {
      isDescending = false
      for place in nodes.indices {
        nodes[place].node._withUnsafeGuaranteedRef { $0.prefetchHeads() }
      }
      for place in nodes.indices {
        let child = nodes[place].node._withUnsafeGuaranteedRef { node in
          nodes[place].key.withUnsafeBytes { node.unretainedChild(for: $0) }
        }
        guard let child else { continue }
        nodes[place].node = child
        isDescending = true
      }
    }
    for (node, key) in nodes {
      node._withUnsafeGuaranteedRef { node in
        key.withUnsafeBytes { node.prefetchEntries(around: node.search($0).place) }
      }
    }
  }

  /// Steps through the keys from `key` on.
  package func entries(from key: [UInt8] = []) -> Iterator {
    Iterator(root, from: key)
  }

  /// Steps through keys and values in the order of the keys.
  package struct Iterator: IteratorProtocol, @unchecked Sendable {
    /// The branches above the leaf, each with the place of its next child.
    private var branches: [(node: OrderedMapNode<Value>, next: Int)] = []
    private var leaf: OrderedMapNode<Value>?
    private var place = 0

    fileprivate init(_ root: OrderedMapNode<Value>?, from key: [UInt8]) {
      guard var node = root else { return }
      key.withUnsafeBytes { key in
        while !node.isLeaf {
          let place = node.childPlace(of: key)
          branches.append((node, place + 1))
          node = node.child(place)
        }
        leaf = node
        place = node.search(key).place
      }
    }

    /// The next key and its value; `nil` behind the last.
    package mutating func next() -> (key: [UInt8], value: Value)? {
      guard let head = moveToEntry() else { return nil }
      defer { skip() }
      return head.leaf.entry(head.place)
    }

    /// Where the next key is, without going on to the one behind it; `nil` behind the last.
    mutating func moveToEntry() -> Head? {
      guard let leaf else { return nil }
      return place < leaf.count ? Head(leaf: leaf, place: place) : moveToNextLeaf()
    }

    /// Goes on to the key behind the one at which this stands.
    mutating func skip() { place += 1 }

    private mutating func moveToNextLeaf() -> Head? {
      while let (branch, next) = branches.popLast() {
        guard next < branch.childCount else { continue }
        branches.append((branch, next + 1))
        var node = branch.child(next)
        while !node.isLeaf {
          branches.append((node, 1))
          node = node.child(0)
        }
        leaf = node
        place = 0
        if node.count > 0 { return Head(leaf: node, place: 0) }
      }
      place = leaf?.count ?? 0
      return nil
    }

    /// Where a key stands with its value.
    struct Head {
      let leaf: OrderedMapNode<Value>
      let place: Int

      var key: [UInt8] { leaf.keys[place] }
      var value: Value { leaf.values[place] }
    }
  }
}
