public import MerganserTypes

// What items do with a row.
extension TypedStagedRow {
  /// Lets a mutator write to what the incarnations show together, those in `dead` excepted; to a new
  /// incarnation if there is none.
  @inlinable
  package func update(except dead: [Dot], as author: inout Author, mutate: Mutator) throws {
    // No incarnation is held on to, or it would be copied when it is changed.
    let count = count(except: dead)
    if count == 0 {
      _ = try create(as: &author, mutate: mutate)
    } else if let place = creation(except: dead) {
      if count == 1 { return try update(at: place, as: &author, mutate: mutate) }
      try update(at: place, except: dead, as: &author, mutate: mutate)
    } else {
      // Whoever touched the row may replace what keeps it alive.
      let before = mark
      do {
        let dot = try create(as: &author)
        guard let place = typed.row.living.firstIndex(where: { $0.dot == dot }) else { return }
        try update(at: place, except: dead, as: &author, mutate: mutate)
      } catch {
        goBack(to: before)
        throw error
      }
    }
  }

  /// How many incarnations there are, those in `dead` excepted.
  @inlinable
  package func count(except dead: [Dot]) -> Int { typed.row.living.count - dead.count }

  /// The place of the first incarnation that is no touch, those in `dead` excepted.
  @inlinable
  func creation(except dead: [Dot]) -> Int? {
    typed.row.living.firstIndex { !$0.isTouch && !dead.contains($0.dot) }
  }

  /// Lets a mutator write to one incarnation.
  @inlinable
  package func update(at place: Int, as author: inout Author, mutate: Mutator) throws {
    settle()
    shown = nil
    // It is taken out, so that it is changed where it stands.
    var store = Store()
    typed.row.living.change(at: place) { swap(&store, &$0.store) }
    var change: Causal<Store>
    isLent = true
    defer { isLent = false }
    do { change = try mutate(&store, &author) } catch {
      isStale = true
      throw error
    }
    let (dot, anchors) = typed.row.living.change(at: place) { incarnation in
      swap(&store, &incarnation.store)
      return (incarnation.dot, incarnation.anchors)
    }
    // Changed where it stands: nothing else holds on to it.
    change.context.insert(dot)
    deltas.add(
      Causal(
        Row(.init(dot: dot, anchors: anchors, store: change.store)), context: change.context))
  }

  /// Lets a mutator write to each incarnation by itself, those in `dead` excepted.
  @inlinable
  package func updateEach(except dead: [Dot], as author: inout Author, mutate: Mutator) throws {
    let before = mark
    do {
      for place in typed.row.living.indices where !dead.contains(typed.row.living[place].dot) {
        try update(at: place, as: &author, mutate: mutate)
      }
    } catch {
      goBack(to: before)
      throw error
    }
  }

  /// Adds an incarnation of the author's making, with what a mutator writes to it.
  @inlinable
  package func create(
    as author: inout Author, mutate: Mutator
  ) throws -> Dot {
    settle()
    // A refused creation uses up no dot.
    var writer = author
    let dot = writer.nextDot()
    var store = Store()
    isLent = true
    defer { isLent = false }
    var change = try mutate(&store, &writer)
    author = writer
    shown = nil
    typed.row.add(.init(dot: dot, anchors: [], store: store))
    change.context.insert(dot)
    deltas.add(
      Causal(Row(.init(dot: dot, anchors: [], store: change.store)), context: change.context))
    return dot
  }

  /// Adds a touch, in the place of the author's earlier one, and tells whether there is a row to be touched;
  /// one that the transaction created needs none.
  ///
  /// What lives without dots, such as a register's value, is carried along as it was written; what lives by
  /// dots was written elsewhere, and is not written again.
  @inlinable
  package func touch(
    except dead: [Dot], as author: inout Author, where isOwn: (Dot) -> Bool
  ) -> Bool {
    settle()
    if count(except: dead) == 0 { return false }
    if typed.row.living.contains(where: { isOwn($0.dot) }) { return true }
    let replaced = typed.row.living.filter { $0.isTouch && $0.dot.replica == author.replica }
    var store = Store()
    for one in typed.row.living where !dead.contains(one.dot) {
      Value.unite(&store, with: one.store, for: .writing)
    }
    addTouch(of: author.nextDot(), carrying: store, replacing: replaced.map(\.dot))
    return true
  }

  /// Adds a touch in the place of others, with what of a store lives without dots.
  @inlinable
  func addTouch(of dot: Dot, carrying carried: Store, replacing replaced: [Dot]) {
    shown = nil
    var store = carried
    store.drop(store.dots)
    let touch = Row<Store>.Incarnation(touch: dot, store: store)
    typed.row.living.removeAll { replaced.contains($0.dot) }
    typed.row.add(touch)
    deltas.add(Causal(Row(touch), context: CausalContext(replaced + [dot])))
  }

  /// Removes all incarnations with what was written to them.
  @inlinable
  package func delete() {
    guard !typed.row.isBottom else { return }
    shown = nil
    deltas.add(Causal(Row(), context: CausalContext(typed.row.incarnationDots)))
    typed = TypedRow(Row())
    isStale = false
  }
}
