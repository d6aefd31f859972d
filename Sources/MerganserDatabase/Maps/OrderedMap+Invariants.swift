#if DEBUG
  package import MerganserTypes

  extension OrderedMap {
    /// Checks that this is a B-tree in which a search finds each key.
    ///
    /// - The keys of a node ascend, between those that separate it from its neighbours.
    /// - What a node notes of its keys, which a search compares instead of them, is true.
    /// - All leaves are at the same depth; below the root no node is less than a quarter full: this makes it O(log *n*).
    /// - The count is that of the keys in leaves.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      guard let root else { return try ensure(count == 0, that: "a map without a node has no key") }
      try ensure(root.isLeaf || root.count > 0, that: "a root that is a branch has two children")
      let keys = try root.check(from: nil, to: nil).keys
      try ensure(keys == count, that: "the count is that of the keys")
    }
  }

  extension OrderedMapNode {
    /// Checks this node, whose keys lie in `lower..<upper`, and those below it.
    ///
    /// - Returns: how many keys the leaves have, and how many levels there are.
    fileprivate func check(
      from lower: [UInt8]?, to upper: [UInt8]?
    ) throws(BrokenStructure) -> (keys: Int, depth: Int) {
      try checkKeys(from: lower, to: upper)
      if isLeaf { return (count, 1) }
      var (total, depths): (Int, Set<Int>) = (0, [])
      for place in 0..<childCount {
        let child = child(place)
        try ensure(
          child.count >= Self.capacity / 4, that: "a node below the root is a quarter full")
        let below = try child.check(
          from: place > 0 ? keys[place - 1] : lower, to: place < count ? keys[place] : upper)
        total += below.keys
        depths.insert(below.depth)
      }
      try ensure(depths.count == 1, that: "all leaves are at the same depth")
      return (total, 1 + (depths.first ?? 0))
    }

    private func checkKeys(from lower: [UInt8]?, to upper: [UInt8]?) throws(BrokenStructure) {
      try ensure(!isOverfull, that: "a node that is overfull is split")
      guard count > 0 else { return }
      if let lower { try ensure(!keys[0].precedes(lower), that: "no key precedes the separator") }
      if let upper {
        try ensure(keys[count - 1].precedes(upper), that: "all keys precede the next separator")
      }
      for place in 0..<count {
        let key = keys[place]
        if place > 0 {
          try ensure(keys[place - 1].precedes(key), that: "the keys of a node ascend")
        }
        try ensure(
          header.common == 0 || key.withUnsafeBytes { isBefore($0) } == nil,
          that: "the keys begin as the node notes")
        try ensure(heads[place] == head(of: key), that: "a head is that of its key")
      }
    }
  }
#endif
