import MerganserModel

// What overlaps.
extension InvariantIndex {
  /// Another row that takes some of what a row takes, if there is one.
  ///
  /// - Complexity: O(log *n*) for each length class, and *k* steps more where *k* intervals of other rows
  ///   overlap each other just before.
  func conflict(of key: [UInt8], taking entries: [IndexEntry]) throws(StorageError)
    -> IndexConflict?
  {
    for entry in entries {
      let own = Self.place(of: entry, key: key)
      // Most intervals are about as long as those beside them.
      if let found = try conflict(of: key, taking: entry, at: own, length: entry.lengthClass) {
        return found
      }
      if classes == LengthClass.Set(entry.lengthClass) { continue }
      for other in classes where other != entry.lengthClass {
        let end = Self.resourceEnd(own) + 8
        let place = [other.rawValue] + own[1..<end]
        if let found = try conflict(of: key, taking: entry, at: place, length: other) {
          return found
        }
      }
    }
    return nil
  }

  /// Another row of one length class that takes some of what a row takes; `place` is where this would
  /// stand in the class.
  private func conflict(
    of key: [UInt8], taking entry: IndexEntry, at place: [UInt8], length: LengthClass
  ) throws(StorageError) -> IndexConflict? {
    let own = key.shortened(to: Self.keyLimit)
    let resource = place[..<Self.resourceEnd(place)]
    func isOfOther(_ place: [UInt8]) -> Bool { place.dropFirst(resource.count + 8) != own[...] }
    func conflict(with place: [UInt8], found: Place) -> IndexConflict {
      let lower = Self.lower(of: place, behind: resource.count)
      return IndexConflict(
        key: key, entry: entry, other: Self.rowKey(of: place, found: found),
        taken: lower..<max(lower, found.upper))
    }
    var (left, right) = try places.neighbors(of: place)
    while let (place, found) = left, place.starts(with: resource),
      length.reaches(from: Self.lower(of: place, behind: resource.count), beyond: entry.lower)
    {
      if found.upper > entry.lower, isOfOther(place) { return conflict(with: place, found: found) }
      left = try places.last(before: place)
    }
    while let (place, found) = right, place.starts(with: resource),
      Self.lower(of: place, behind: resource.count) < entry.upper
    {
      if isOfOther(place) { return conflict(with: place, found: found) }
      right = try places.neighbors(of: place).after
    }
    return nil
  }

  /// Calls `body` with the key of each other row that takes some of what a row takes, until it returns `false`: in the
  /// order of length classes, then of beginnings, then of keys, and more than once where several parts overlap.
  ///
  /// - Complexity: O(log *n*) for each length class, and the number of rows that begin not much earlier.
  func forEachConflict(
    of key: [UInt8], taking entries: [IndexEntry], body: ([UInt8]) -> Bool
  ) throws(StorageError) {
    for entry in entries {
      let resource = Self.place(of: entry, key: [])
      let end = Self.resourceEnd(resource)
      for length in classes {
        let first = Self.place(
          of: IndexEntry(
            resource: entry.resource, lower: length.earliest(reaching: entry.lower),
            upper: entry.upper), key: [])
        let prefix = [length.rawValue] + resource[1..<end]
        var places = try places.entries(from: prefix + first[end...])
        while let (place, found) = try places.next(), place.starts(with: prefix),
          Self.lower(of: place, behind: end) < entry.upper
        {
          if found.upper <= entry.lower { continue }
          let other = Self.rowKey(of: place, found: found)
          if other != key, !body(other) { return }
        }
      }
    }
  }

  /// Two rows that take the same, if there are any.
  ///
  /// - Complexity: O(*n*) for each length class.
  func firstConflict() throws(StorageError) -> IndexConflict? {
    var rest = try PlacesInOrder(self)
    // Of what begins before, that which reaches furthest.
    var last: (resource: ArraySlice<UInt8>, taken: Range<Int64>, key: [UInt8])?
    while let (place, found) = try rest.next() {
      let end = Self.resourceEnd(place)
      let resource = place[..<end].dropFirst()
      let lower = Self.lower(of: place, behind: end)
      let key = Self.rowKey(of: place, found: found)
      if let earlier = last, earlier.resource == resource, earlier.taken.upperBound > lower {
        // What one row takes is apart.
        return IndexConflict(
          key: key,
          entry: IndexEntry(
            resource: Array(resource.dropFirst()), lower: lower, upper: found.upper),
          other: earlier.key, taken: earlier.taken)
      }
      last = (resource, lower..<max(lower, found.upper), key)
    }
    return nil
  }

  /// Steps through the places of all length classes by resource and beginning.
  private struct PlacesInOrder {
    private var classes: [LayeredMap<Place>.Iterator] = []
    private var heads: [(key: [UInt8], value: Place)?] = []

    init(_ index: InvariantIndex) throws(StorageError) {
      for length in index.classes {
        var entries = try index.places.entries(from: [length.rawValue])
        let head = try entries.next()
        classes.append(entries)
        heads.append(head?.key.first == length.rawValue ? head : nil)
      }
    }

    mutating func next() throws(StorageError) -> (key: [UInt8], value: Place)? {
      var first: (place: Int, entry: (key: [UInt8], value: Place))?
      for (place, head) in heads.enumerated() {
        guard let head else { continue }
        if let first, !head.key.dropFirst().lexicographicallyPrecedes(first.entry.key.dropFirst()) {
          continue
        }
        first = (place, head)
      }
      guard let first else { return nil }
      let next = try classes[first.place].next()
      heads[first.place] = next?.key.first == first.entry.key.first ? next : nil
      return first.entry
    }
  }
}
