package import MerganserTypes

// A change that another history made to a row, made once more.
extension TypedStagedRow {
  /// Makes the change from `before` to `after` once more, and notes where what it wrote lies here.
  ///
  /// What was created is created, what was deleted is deleted, and what was written to an incarnation is
  /// written to it where it lives here. What has been deleted here meanwhile stays deleted. Of an incarnation
  /// that the other history created and that was not made again, there is a new one. Each touch is made again as
  /// one of its own, so that it goes where the other history removed it, and no other.
  ///
  /// - Parameters:
  ///   - before: the row before the change, there.
  ///   - after: the row after it.
  ///   - dead: the incarnations that have lost what they refer to.
  ///   - joinsCreation: whether a creation here is written to in place of creating another beside it, for
  ///     rows of which one creation alone has rights.
  ///   - author: who makes it now; it has a ``Repetition``.
  ///   - repeated: what makes a change of one incarnation's store once more, by the store before and after.
  /// - Throws: what `repeated` throws; nothing has changed then.
  package func repeatChange(
    from before: Row<Store>, to after: Row<Store>, except dead: [Dot], joinsCreation: Bool,
    as author: inout Author,
    repeated: (_ before: Store?, _ after: Store, _ incarnation: Dot) -> Mutator
  ) throws {
    let mark = mark
    do {
      // A touch keeps what it touches before what it replaces goes.
      for touch in after.living where touch.isTouch && !before.has(touch.dot) {
        settle()
        let dot = author.nextDot()
        author.repetition?.note(touch.dot, at: dot)
        addTouch(of: dot, carrying: touch.store, replacing: [])
      }
      remove(
        before.living.lazy.filter { !after.has($0.dot) }
          .compactMap { [author] in author.place(of: $0.dot) })
      for change in after.living {
        let old = before.living.first { $0.dot == change.dot }
        if change.isTouch, old == nil { continue }
        if let old, old.store == change.store { continue }
        let known = old.flatMap { author.place(of: $0.dot) }
        let living = known.flatMap { dot in typed.row.living.firstIndex { $0.dot == dot } }
        if let place = living ?? (known == nil && joinsCreation ? creation(except: dead) : nil) {
          let dot = typed.row.living[place].dot
          if dead.contains(dot) { continue }
          try update(at: place, as: &author, mutate: repeated(old?.store, change.store, dot))
        } else if known == nil, !change.isTouch {
          let dot = Dot(author.replica, sequence: author.nextSequence)
          author.repetition?.note(change.dot, at: dot)
          _ = try create(as: &author, mutate: repeated(old?.store, change.store, dot))
        }
      }
    } catch {
      goBack(to: mark)
      throw error
    }
  }

  /// Removes some incarnations with what was written to them.
  private func remove(_ dots: some Sequence<Dot>) {
    settle()
    let gone = dots.filter { dot in typed.row.has(dot) }
    if gone.isEmpty { return }
    shown = nil
    deltas.add(Causal(Row(), context: CausalContext(gone)))
    typed.row.living.removeAll { gone.contains($0.dot) }
  }
}

extension Row {
  /// Whether an incarnation lives.
  fileprivate func has(_ dot: Dot) -> Bool { living.contains { $0.dot == dot } }
}
