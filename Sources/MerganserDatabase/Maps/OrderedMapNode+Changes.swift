// Changing.
extension OrderedMapNode {
  func update<Result, Failure>(
    _ key: UnsafeRawBufferPointer, sharing array: [UInt8]?, count: inout Int,
    body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if isLeaf { return try updateLeaf(key, sharing: array, count: &count, body: body) }
    let place = childPlace(of: key)
    let child = ownChild(place)
    // Also where `body` throws, which can have taken a key out.
    defer {
      if child.isOverfull {
        let (separator, right) = child.split()
        (children + place + 2).moveInitialize(from: children + place + 1, count: self.count - place)
        (children + place + 1).initialize(to: right)
        insert(separator, at: place)
      } else if child.count < Self.capacity / 4 {
        fill(childAt: place)
      }
    }
    return try child.update(key, sharing: array, count: &count, body: body)
  }

  /// A child that nobody else refers to.
  private func ownChild(_ place: Int) -> OrderedMapNode {
    if !isKnownUniquelyReferenced(&children[place]) { children[place] = children[place].copy() }
    return children[place]
  }

  private func updateLeaf<Result, Failure>(
    _ key: UnsafeRawBufferPointer, sharing array: [UInt8]?, count: inout Int,
    body: (inout Value?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let (place, isFound) = search(key)
    guard isFound else {
      var value: Value?
      let result = try body(&value)
      if let value {
        let behind = self.count - place
        (values + place + 1).moveInitialize(from: values + place, count: behind)
        (values + place).initialize(to: value)
        insert(array ?? Array(key), at: place)
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
    let count = count
    let common = header.common
    let shared =
      count == 0
      ? key.count
      : keys[0].withUnsafeBytes { first in
        key.withUnsafeBytes { min(common, ByteOrder.commonCount(first, with: $0)) }
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
    from old: UnsafeRawBufferPointer, to new: UnsafeRawBufferPointer, value: Value
  ) -> Bool {
    if !isLeaf {
      let place = childPlace(of: old)
      guard childPlace(of: new) == place else { return false }
      return ownChild(place).move(from: old, to: new, value: value)
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
    let first = children[left]
    let second = children[left + 1]
    var keys = first.keyArray
    if !first.isLeaf { keys.append(self.keys[left]) }
    keys += second.keyArray
    let values = first.valueArray + second.valueArray
    let nodes = first.childArray + second.childArray
    if keys.count <= Self.capacity * 3 / 4 {
      children[left] = Self.make(keys: keys[...], values: values[...], children: nodes[...])
      (children + left + 1).deinitialize(count: 1)
      (children + left + 1).moveInitialize(
        from: children + left + 2, count: count - left - 1)
      removeKey(at: left)
      return
    }
    let middle = keys.count / 2
    self.keys[left] = keys[middle]
    if first.isLeaf {
      children[left] = Self.make(keys: keys[..<middle], values: values[..<middle], children: [])
      children[left + 1] = Self.make(keys: keys[middle...], values: values[middle...], children: [])
    } else {
      children[left] = Self.make(keys: keys[..<middle], values: [], children: nodes[...middle])
      children[left + 1] = Self.make(
        keys: keys[(middle + 1)...], values: [], children: nodes[(middle + 1)...])
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
