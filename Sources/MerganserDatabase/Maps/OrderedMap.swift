/// Values by byte strings, in the order of these: a B-tree whose copies share what they have in common.
///
/// A copy costs nothing; a change afterwards copies the nodes on the way to it, and no others. A
/// change to a map that has no copy is made in place.
///
/// - Complexity: looking up and changing take O(log *n*); stepping on takes O(1) on average.
package struct OrderedMap<Value: Sendable>: Sendable {
  /// Nothing for a map that never had a key: such maps are made all the time, and cost nothing.
  private var root: OrderedMapNode<Value>?
  /// How many keys there are.
  package private(set) var count = 0

  /// The map in which nothing is.
  package init() {}

  /// Whether nothing is in it.
  package var isEmpty: Bool { count == 0 }

  /// The value of a key; setting it to nothing takes the key out.
  package subscript(key: [UInt8]) -> Value? {
    get { key.withUnsafeBytes { value(of: $0) } }
    set { key.withUnsafeBytes { update($0) { $0 = newValue } } }
  }

  /// The value of a key.
  package func value(of key: UnsafeRawBufferPointer) -> Value? { root?.value(of: key) }

  /// Changes the value of a key where it stands; a value that becomes nothing takes the key out.
  package mutating func update<Result, Failure>(
    _ key: UnsafeRawBufferPointer, _ body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var node = root.take() ?? OrderedMapNode()
    if !isKnownUniquelyReferenced(&node) { node = node.copy() }
    defer { root = node }
    let result = try node.update(key, &count, body)
    if node.isOverfull {
      let (separator, right) = node.split()
      node = OrderedMapNode(children: [node, right], keys: [separator])
    } else if node.children.count == 1 {
      node = node.children[0]
    }
    return result
  }

  /// The last key before `key`, and its value.
  package func last(before key: [UInt8]) -> (key: [UInt8], value: Value)? {
    guard var node = root else { return nil }
    // The last child that was passed on the left: what is before all that lies below on the right.
    var left: OrderedMapNode<Value>?
    while !node.children.isEmpty {
      // A child whose separator is the key itself begins with it, and has nothing before it.
      let place = node.place(of: key)
      if place > 0 { left = node.children[place - 1] }
      node = node.children[place]
    }
    let place = node.place(of: key)
    if place > 0 { return node.entry(place - 1) }
    guard var last = left else { return nil }
    while let child = last.children.last { last = child }
    return last.count > 0 ? last.entry(last.count - 1) : nil
  }

  /// Steps through the keys from `key` on.
  package func entries(from key: [UInt8] = []) -> Iterator {
    Iterator(root, from: key)
  }

  /// Steps through keys and values in the order of the keys.
  package struct Iterator: IteratorProtocol, Sendable {
    /// The branches above the leaf, each with the place of its next child.
    private var branches: [(node: OrderedMapNode<Value>, next: Int)] = []
    private var leaf: OrderedMapNode<Value>?
    private var place = 0

    fileprivate init(_ root: OrderedMapNode<Value>?, from key: [UInt8]) {
      guard var node = root else { return }
      while !node.children.isEmpty {
        let place = node.childPlace(of: key)
        branches.append((node, place + 1))
        node = node.children[place]
      }
      leaf = node
      place = node.place(of: key)
    }

    /// The next key and its value; nothing behind the last.
    package mutating func next() -> (key: [UInt8], value: Value)? {
      guard var leaf else { return nil }
      while place >= leaf.count {
        guard let (branch, next) = branches.popLast() else { return nil }
        guard next < branch.children.count else { continue }
        branches.append((branch, next + 1))
        var node = branch.children[next]
        while !node.children.isEmpty {
          branches.append((node, 1))
          node = node.children[0]
        }
        (leaf, place) = (node, 0)
        self.leaf = leaf
      }
      defer { place += 1 }
      return leaf.entry(place)
    }
  }
}
