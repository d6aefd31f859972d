public import MerganserTypes

// Writes to a row that was created several times apart.
extension TypedStagedRow {
  /// Lets a mutator write to what several incarnations show together, those in `dead` excepted.
  ///
  /// What it adds goes to the one at `place`, what it removes goes from all; what does not add up goes to
  /// all.
  @inlinable
  func update(
    at place: Int, except dead: [Dot], as author: inout Author, _ mutate: Mutator
  ) throws {
    let first = typed.row.living[place].dot
    let dots = [first] + typed.row.incarnationDots.filter { $0 != first && !dead.contains($0) }
    var store: Store
    if let shown, shown.dots == dots { store = shown.store } else { store = show(dots) }
    shown = nil
    let before = author.nextSequence
    isLent = true
    defer { isLent = false }
    let change = try mutate(&store, &author)
    deltas.add(split(change, among: dots) { $0.replica == author.replica && $0.sequence >= before })
    (shown, isStale) = (Shown(dots, store), true)
  }

  /// What several incarnations show a mutator together.
  @inlinable
  func show(_ dots: [Dot]) -> Store {
    settle()
    let stores = dots.compactMap { dot in typed.row.living.first { $0.dot == dot }?.store }
    guard var store = stores.first else { return Store() }
    for concurrent in stores.dropFirst() { Value.unite(&store, with: concurrent, for: .writing) }
    return store
  }

  /// A change to what several incarnations show together, as a change to each of them.
  @inlinable
  func split(
    _ change: Causal<Store>, among dots: [Dot], where isNew: (Dot) -> Bool
  ) -> Causal<Row<Store>> {
    var shared = Store()
    Value.unite(&shared, with: change.store, for: .writing)
    var (rewrites, written) = (false, CausalContext())
    change.store.forEachDot {
      written.insert($0)
      if !isNew($0) { rewrites = true }
    }
    if rewrites { settle() }
    let removes = !change.context.isCovered(by: written)
    var row = Row<Store>()
    var context = change.context
    for incarnation in typed.row.living where dots.contains(incarnation.dot) {
      let isFirst = incarnation.dot == dots.first
      var part = isFirst ? change.store : shared
      var foreign = isFirst ? CausalContext() : written
      if rewrites {
        // What is written under a dot that lives goes to where it lives.
        for other in typed.row.living where isFirst && other.dot != incarnation.dot {
          foreign.merge(other.store.dots)
        }
        foreign.subtract(incarnation.store.dots)
      }
      part.drop(foreign)
      if !isFirst, !removes, part.isBottom { continue }
      context.insert(incarnation.dot)
      row.living.append(
        .init(dot: incarnation.dot, anchors: incarnation.anchors, store: part))
    }
    return Causal(row, context: context)
  }
}

extension DotStore {
  /// Removes what lives by some dots.
  @inlinable
  mutating func drop(_ some: CausalContext) {
    if !some.isBottom { merge(Self(), seen: dots, otherSeen: some) }
  }
}
