public import MerganserTypes

// Writes to a row that was created several times apart.
extension TypedStagedRow {
  /// Lets a mutator write to what several incarnations show together, those in `dead` excepted.
  ///
  /// What it adds goes to the one at `place`, what it removes goes from all; what does not add up goes to
  /// all.
  @inlinable
  package func update(
    at place: Int, except dead: [Dot], as author: inout Author, mutate: Mutator
  ) throws {
    let first = typed.row.living[place].dot
    let dots = [first] + typed.row.incarnationDots.filter { $0 != first && !dead.contains($0) }
    var store: Store
    var homes: [CausalContext]?
    if let shown, shown.dots == dots {
      store = shown.store
      homes = shown.homes
    } else {
      store = show(dots)
    }
    // Nobody else refers to it, so that it is changed where it stands.
    shown = nil
    typed.shown = nil
    let before = author.nextSequence
    isLent = true
    defer { isLent = false }
    let change = try mutate(&store, &author)
    deltas.add(
      split(change, among: dots, homes: &homes) {
        $0.replica == author.replica && $0.sequence >= before
      })
    shown = Shown(dots, store: store, homes: homes)
    isStale = true
  }

  /// What several incarnations show a mutator together.
  @inlinable
  package func show(_ dots: [Dot]) -> Store {
    settle()
    let stores = dots.compactMap { dot in typed.row.living.first { $0.dot == dot }?.store }
    guard var store = stores.first else { return Store() }
    for concurrent in stores.dropFirst() { Value.unite(&store, with: concurrent, for: .writing) }
    return store
  }

  /// A change to what several incarnations show together, as a change to each of them.
  @inlinable
  package func split(
    _ change: Causal<Store>, among dots: [Dot], homes: inout [CausalContext]?,
    where isNew: (Dot) -> Bool
  ) -> Causal<Row<Store>> {
    var shared = Store()
    Value.unite(&shared, with: change.store, for: .writing)
    var (rewritten, written): ([Dot], CausalContext) = ([], CausalContext())
    change.store.forEachDot {
      written.insert($0)
      if !isNew($0) { rewritten.append($0) }
    }
    if !rewritten.isEmpty, homes == nil { homes = self.homes(of: dots) }
    let removes = !change.context.isCovered(by: written)
    var row = Row<Store>()
    var context = change.context
    for incarnation in typed.row.living where dots.contains(incarnation.dot) {
      let isFirst = incarnation.dot == dots.first
      var part = isFirst ? change.store : shared
      var foreign = isFirst ? CausalContext() : written
      if let homes, let home = dots.firstIndex(of: incarnation.dot).map({ homes[$0] }) {
        // What is written under a dot that lives goes to where it lives.
        if isFirst {
          for dot in rewritten where !home.contains(dot) {
            if homes.contains(where: { $0.contains(dot) }) { foreign.insert(dot) }
          }
        } else {
          foreign.subtract(CausalContext(rewritten.filter(home.contains)))
        }
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

extension TypedStagedRow {
  /// What lives in each incarnation.
  @inlinable
  package func homes(of dots: [Dot]) -> [CausalContext] {
    settle()
    return dots.map { dot in
      typed.row.living.first { $0.dot == dot }?.store.dots ?? CausalContext()
    }
  }
}

extension DotStore {
  /// Removes what lives by some dots.
  @inlinable
  package mutating func drop(_ some: CausalContext) {
    if !some.isBottom { merge(Self(), seen: dots, otherSeen: some) }
  }
}
