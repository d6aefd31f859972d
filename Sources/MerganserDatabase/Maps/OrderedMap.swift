/// Values by byte strings, in the order of these: a B-tree whose copies share what they have in common.
///
/// A copy costs nothing; a change afterwards copies the nodes on the way to it, and no others. A
/// change to a map that has no copy is made in place.
///
/// - Complexity: looking up and changing take O(log *n*); stepping on takes O(1) on average.
package struct OrderedMap<Value: Sendable>: Sendable {
  /// Nothing for a map that never had a key: such maps are made all the time, and cost nothing.
  private var root: Node?
  /// How many keys there are.
  package private(set) var count = 0

  /// The map in which nothing is.
  package init() {}

  /// Whether nothing is in it.
  package var isEmpty: Bool { count == 0 }

  /// The value of a key; setting it to nothing takes the key out.
  package subscript(key: [UInt8]) -> Value? {
    get { root?.value(of: ByteKey(key)) }
    set { update(key) { $0 = newValue } }
  }

  /// Changes the value of a key where it stands; a value that becomes nothing takes the key out.
  package mutating func update<Result, Failure>(
    _ key: [UInt8], _ body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var node = root.take() ?? Node()
    if !isKnownUniquelyReferenced(&node) { node = node.copy() }
    defer { root = node }
    let result = try node.update(ByteKey(key), &count, body)
    if node.isOverfull {
      let (separator, right) = node.split()
      node = Node(children: [node, right], keys: [separator])
    } else if node.children.count == 1 {
      node = node.children[0]
    }
    return result
  }

  /// The last key before `key`, and its value.
  package func last(before key: [UInt8]) -> (key: [UInt8], value: Value)? {
    let key = ByteKey(key)
    guard var node = root else { return nil }
    // The last child that was passed on the left: what is before all that lies below on the right.
    var left: Node?
    while !node.children.isEmpty {
      // A child whose separator is the key itself begins with it, and has nothing before it.
      let place = node.place(of: key)
      if place > 0 { left = node.children[place - 1] }
      node = node.children[place]
    }
    let place = node.place(of: key)
    if place > 0 { return (node.keys[place - 1].bytes, node.valueAt(place - 1)) }
    guard var last = left else { return nil }
    while let child = last.children.last { last = child }
    return last.keys.last.map { ($0.bytes, last.valueAt(last.keys.count - 1)) }
  }

  /// Steps through the keys from `key` on.
  package func entries(from key: [UInt8] = []) -> Iterator {
    Iterator(root, from: ByteKey(key))
  }

  /// Steps through keys and values in the order of the keys.
  package struct Iterator: IteratorProtocol, Sendable {
    /// The branches above the leaf, each with the place of its next child.
    private var branches: [(node: Node, next: Int)] = []
    private var leaf: Node?
    private var place = 0

    fileprivate init(_ root: Node?, from key: ByteKey) {
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
      while place >= leaf.keys.count {
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
      return (leaf.keys[place].bytes, leaf.valueAt(place))
    }
  }
}

extension OrderedMap {
  /// A leaf with keys and values, or a branch with children and the keys that separate them.
  ///
  /// Sendable although it changes: only a map that alone refers to a node changes it.
  fileprivate final class Node: @unchecked Sendable {
    /// A change to a shared map copies a node at each level: small ones make that cheap.
    private static var capacity: Int { 16 }

    /// In a leaf the keys; in a branch, for each child but the first, a key that none of the child's
    /// is before, and that all in the children before it are before.
    private(set) var keys: [ByteKey] = []
    private var values: [Value?] = []
    private(set) var children: [Node] = []

    init() {}

    init(children: [Node], keys: [ByteKey]) {
      self.children = children
      self.keys = keys
    }

    private init(keys: [ByteKey], values: [Value?], children: [Node]) {
      self.keys = keys
      self.values = values
      self.children = children
    }

    func copy() -> Node { Node(keys: keys, values: values, children: children) }

    var isOverfull: Bool { keys.count > Self.capacity }

    /// The value at a place of a leaf that has one there.
    func valueAt(_ place: Int) -> Value {
      // A leaf has a value for each key whenever no update is under way.
      guard let value = values[place] else { preconditionFailure("a key without a value") }
      return value
    }

    /// The place of the first key that is not before `key`.
    func place(of key: ByteKey) -> Int {
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < key { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// The place of the child that has `key`, if one has.
    func childPlace(of key: ByteKey) -> Int {
      let place = place(of: key)
      return place < keys.count && keys[place] == key ? place + 1 : place
    }

    func value(of key: ByteKey) -> Value? {
      var node = self
      while !node.children.isEmpty { node = node.children[node.childPlace(of: key)] }
      let place = node.place(of: key)
      return place < node.keys.count && node.keys[place] == key ? node.values[place] : nil
    }

    func update<Result, Failure>(
      _ key: ByteKey, _ count: inout Int, _ body: (inout Value?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      if children.isEmpty { return try updateLeaf(key, &count, body) }
      let place = childPlace(of: key)
      if !isKnownUniquelyReferenced(&children[place]) { children[place] = children[place].copy() }
      let result = try children[place].update(key, &count, body)
      if children[place].isOverfull {
        let (separator, right) = children[place].split()
        keys.insert(separator, at: place)
        children.insert(right, at: place + 1)
      } else if children[place].keys.count < Self.capacity / 4 {
        fill(childAt: place)
      }
      return result
    }

    private func updateLeaf<Result, Failure>(
      _ key: ByteKey, _ count: inout Int, _ body: (inout Value?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      let place = place(of: key)
      guard place < keys.count, keys[place] == key else {
        var value: Value?
        let result = try body(&value)
        if let value {
          keys.insert(key, at: place)
          values.insert(value, at: place)
          count += 1
        }
        return result
      }
      defer {
        if values[place] == nil {
          keys.remove(at: place)
          values.remove(at: place)
          count -= 1
        }
      }
      return try body(&values[place])
    }

    /// Parts with the upper half, and returns it with the key that separates the two.
    func split() -> (separator: ByteKey, right: Node) {
      let middle = keys.count / 2
      let separator = keys[middle]
      let right: Node
      if children.isEmpty {
        right = Node(keys: Array(keys[middle...]), values: Array(values[middle...]), children: [])
        values.removeSubrange(middle...)
        keys.removeSubrange(middle...)
      } else {
        right = Node(
          keys: Array(keys[(middle + 1)...]), values: [], children: Array(children[(middle + 1)...])
        )
        children.removeSubrange((middle + 1)...)
        keys.removeSubrange(middle...)
      }
      return (separator, right)
    }

    /// Puts a child that has become small together with a neighbour, in one node or two equal ones.
    private func fill(childAt place: Int) {
      let left = place > 0 ? place - 1 : place
      guard left + 1 < children.count else { return }
      let (first, second) = (children[left], children[left + 1])
      let between = first.children.isEmpty ? [] : [keys[left]]
      let joined = Node(
        keys: first.keys + between + second.keys, values: first.values + second.values,
        children: first.children + second.children)
      children[left] = joined
      if joined.keys.count > Self.capacity * 3 / 4 {
        (keys[left], children[left + 1]) = joined.split()
      } else {
        children.remove(at: left + 1)
        keys.remove(at: left)
      }
    }
  }
}
