// How the change from one store to a later one is made once more, by another author: what came is written
// under new dots, and what went is removed.

extension Author {
  /// The dots here of what some dots name where the change was made.
  func places(of dots: CausalContext) -> CausalContext {
    guard let repetition else { return dots }
    var places = CausalContext()
    dots.forEachRun { replica, sequences in
      for sequence in sequences {
        if let place = repetition.place(of: Dot(replica, sequence: sequence)) {
          places.insert(place)
        }
      }
    }
    return places
  }
}

extension DotSet {
  /// Adds a dot of `author` for each dot that came, and removes those that went.
  @discardableResult
  public mutating func repeatChange(
    from before: DotSet, to after: DotSet, as author: inout Author
  ) throws(LatticeError) -> Causal<DotSet> {
    let old = before.dots
    let new = after.dots
    var delta = Causal(DotSet(), context: author.places(of: old.subtracting(new)))
    merge(DotSet(), seen: CausalContext(), otherSeen: delta.context)
    new.subtracting(old).forEachRun { replica, sequences in
      for sequence in sequences {
        let dot = author.nextDot(repeating: Dot(replica, sequence: sequence))
        live.set(dot, payload: Nothing())
        delta.store.live.set(dot, payload: Nothing())
        delta.context.insert(dot)
      }
    }
    return delta
  }
}

extension DotFunction {
  /// Writes what came under dots of `author`, makes changes of values once more where they live here, and
  /// removes what went.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    // Nothing is to have changed if a value refuses.
    var result = self
    var writer = author
    var delta = Causal<Self>()
    for (dot, value) in before.sortedEntries where after[dot] == nil {
      delta.context.merge(writer.places(of: value.dots))
      guard let place = writer.place(of: dot) else { continue }
      delta.context.insert(place)
      result[place]?.forEachDot { delta.context.insert($0) }
      result[place] = nil
    }
    for (dot, value) in after.sortedEntries {
      let old = before[dot]
      if old == value { continue }
      var mine = Value()
      let place: Dot
      if old != nil, let known = writer.place(of: dot) {
        // What was removed here meanwhile stays removed.
        guard let value = result[known] else { continue }
        place = known
        mine = value
      } else {
        // What it was written to was not made again, so there is a new one.
        place = writer.nextDot(repeating: dot)
      }
      let change = try mine.repeatChange(from: old ?? Value(), to: value, as: &writer)
      result[place] = mine
      delta.store[place] = change.store
      delta.context.merge(change.context)
      delta.context.insert(place)
    }
    self = result
    author = writer
    return delta
  }
}

extension DotMap {
  /// Makes the change of each key's store once more.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    // Nothing is to have changed if a value refuses.
    var result = self
    var writer = author
    var delta = Causal<Self>()
    for key in before.changedKeys(to: after) {
      var value = result[key] ?? Value()
      let change = try value.repeatChange(
        from: before[key] ?? Value(), to: after[key] ?? Value(), as: &writer)
      result[key] = value
      delta.store[key] = change.store
      delta.context.merge(change.context)
    }
    self = result
    author = writer
    return delta
  }

  /// The keys whose stores differ, in the order of the dots under them.
  private func changedKeys(to after: Self) -> [Key] {
    var keys = [Key]()
    var known = Set<Key>()
    func add(_ key: Key) {
      if self[key] != after[key], known.insert(key).inserted { keys.append(key) }
    }
    let old = dots
    let new = after.dots
    let isByDots = Value.changesByDotsAlone
    let came = isByDots ? after.owners.delta(under: new, since: old).dots : after.owners
    let went = isByDots ? owners.delta(under: old, since: new).dots : owners
    came.forEach { _, key in add(key) }
    went.forEach { _, key in add(key) }
    return keys
  }
}

extension DotPair {
  /// Makes the change of each once more.
  @discardableResult
  public mutating func repeatChange(
    from before: Self, to after: Self, as author: inout Author
  ) throws(LatticeError) -> Causal<Self> {
    // Nothing is to have changed if one refuses.
    var result = self
    var writer = author
    let one = try result.first.repeatChange(from: before.first, to: after.first, as: &writer)
    let two = try result.second.repeatChange(from: before.second, to: after.second, as: &writer)
    self = result
    author = writer
    var delta = Causal(Self(), context: one.context)
    delta.store.first = one.store
    delta.store.second = two.store
    delta.context.merge(two.context)
    return delta
  }
}
