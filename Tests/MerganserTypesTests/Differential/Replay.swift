import MerganserTypes

/// Plays a history on the merge core and on the naive set, and says where they first differ.
struct Replay {
  /// A map of sets that holds each element under the key that is its remainder.
  typealias Map = DotMap<Int, ORSet<Int>.Store>

  /// One replica, held five ways: as a set, as a dot function, as a map of sets, as a set of dots, and
  /// naively.
  struct Replica {
    var id: ReplicaID
    var next: UInt64
    var set = ORSet<Int>()
    var function = Causal<DotFunction<Written<Int>>>()
    var map = Causal<Map>()
    var dots = Causal<DotSet>()
    var naive = NaiveSet()
  }

  /// A mutation as it travels.
  struct Mutation {
    var set: Causal<ORSet<Int>.Store>
    var function: Causal<DotFunction<Written<Int>>>
    var map: Causal<Map>
    var dots: Causal<DotSet>
    var naive: NaiveSet
  }

  var replicas: [Replica]
  var mutations: [Mutation] = []
  var names: UInt64
  let scale: Scale
  /// Where set, a fault is planted: this element's removals are kept from the naive set.
  var plantedFault: Int?

  init(_ scale: Scale, plantedFault: Int? = nil) {
    self.scale = scale
    self.plantedFault = plantedFault
    names = UInt64(scale.replicas)
    replicas = (0..<scale.replicas).map {
      // One replica writes near the greatest sequence number of all.
      Replica(id: ReplicaID(high: 0, low: UInt64($0)), next: $0 == 1 ? Dot.maximumSequence / 2 : 1)
    }
  }

  /// What is wrong after playing `history`; nil if nothing is.
  static func difference(_ history: History, plantedFault: Int? = nil) -> String? {
    var replay = Replay(history.scale, plantedFault: plantedFault)
    for (index, step) in history.steps.enumerated() {
      if let difference = replay.play(step, isLast: index == history.steps.count - 1) {
        return "step \(index) (\(step)): \(difference)"
      }
    }
    return nil
  }

  mutating func play(_ step: Step, isLast: Bool) -> String? {
    switch step {
    case .insert(let replica, let first, let count):
      for element in first..<first + count {
        if let fault = insert(element % scale.elements, at: replica) { return fault }
      }
      return isLast ? compare(replica) : brokenStructure(at: replica)
    case .remove(let replica, let first, let count):
      for element in first..<first + count {
        if let fault = remove(element % scale.elements, at: replica) { return fault }
      }
      return isLast ? compare(replica) : brokenStructure(at: replica)
    case .skip(let replica, let by):
      if replicas[replica].next < Dot.maximumSequence - 1 << 42 { replicas[replica].next += by }
      return nil
    case .rename(let replica):
      names += 1
      replicas[replica].id = ReplicaID(high: names % 3, low: names)
      replicas[replica].next = 1
      return nil
    case .merge(let into, let from):
      let other = replicas[from]
      return mergeAndCompare(
        into,
        other: Mutation(
          set: other.set.causal, function: other.function, map: other.map, dots: other.dots,
          naive: other.naive))
    case .delta(let into, let from):
      let known = replicas[into].set.context
      let (set, function) = (
        replicas[from].set.delta(since: known), replicas[from].function.delta(since: known)
      )
      let naive = replicas[from].naive.delta(since: replicas[into].naive.seen)
      if CausalContext(naive.seen.sorted()) != set.context { return "the delta's context is wrong" }
      if function.context != set.context { return "the dot function's delta differs" }
      let map = replicas[from].map.delta(since: known)
      if map.context != set.context { return "the map's delta differs" }
      return mergeAndCompare(
        into,
        other: Mutation(
          set: set.causal, function: function, map: map,
          dots: replicas[from].dots.delta(since: known), naive: naive))
    case .deliver(let into, let mutation):
      if mutations.isEmpty { return nil }
      return mergeAndCompare(into, other: mutations[mutation % mutations.count])
    case .code(let replica):
      let bytes = replicas[replica].set.binaryEncoded()
      guard let set = try? ORSet<Int>(binaryEncoded: bytes), set == replicas[replica].set,
        set.binaryEncoded() == bytes
      else { return "the bytes give another set" }
      replicas[replica].set = set
      return compare(replica)
    case .copy(let into, let from):
      let (id, next) = (replicas[into].id, replicas[into].next)
      replicas[into] = replicas[from]
      (replicas[into].id, replicas[into].next) = (id, next)
      return nil
    }
  }

  /// Inserts at one replica through its store's mutator.
  mutating func insert(_ element: Int, at index: Int) -> String? {
    var replica = replicas[index]
    replicas[index] = Replica(id: replica.id, next: 0)
    defer { replicas[index] = replica }
    var author = Author(replica.id, nextSequence: replica.next)
    var store = replica.set.causal
    replica.set = ORSet()
    let delta = store.store.insert(element, as: &author)
    replica.next = author.nextSequence
    store.context.merge(delta.context)
    replica.set = ORSet(store)
    let dot = Dot(replica.id, sequence: replica.next - 1)
    let naive = replica.naive.insertion(of: element, under: dot)
    if delta.context != CausalContext(naive.seen.sorted()) {
      return "an insertion's context is wrong"
    }
    var function = Causal<DotFunction<Written<Int>>>()
    function.store[dot] = Written(element)
    function.context = delta.context
    let mutation = Mutation(
      set: delta, function: function,
      map: change(of: element, to: delta.store, context: delta.context),
      dots: Causal(DotSet([dot]), context: delta.context), naive: naive)
    _ = replica.naive.merge(naive)
    replica.function.merge(function)
    replica.map.merge(mutation.map)
    replica.dots.merge(mutation.dots)
    mutations.append(mutation)
    return replica.set.contains(element) ? nil : "\(element) is not there after its insertion"
  }

  /// Removes at one replica through its store's mutator.
  mutating func remove(_ element: Int, at index: Int) -> String? {
    var store = replicas[index].set.causal
    replicas[index].set = ORSet()
    var author = Author(replicas[index].id, nextSequence: replicas[index].next)
    let delta = store.store.remove(element, as: &author)
    replicas[index].set = ORSet(store)
    let naive = replicas[index].naive.removal(of: element)
    if delta.context != CausalContext(naive.seen.sorted()) { return "a removal's context is wrong" }
    let mutation = Mutation(
      set: delta, function: Causal(DotFunction(), context: delta.context),
      map: change(of: element, to: ORSet<Int>.Store(), context: delta.context),
      dots: Causal(DotSet(), context: delta.context), naive: naive)
    if plantedFault != element { _ = replicas[index].naive.merge(naive) }
    replicas[index].function.merge(mutation.function)
    replicas[index].map.merge(mutation.map)
    replicas[index].dots.merge(mutation.dots)
    if !naive.seen.isEmpty { mutations.append(mutation) }
    return replicas[index].set.contains(element) ? "\(element) is there after its removal" : nil
  }

  /// The delta of a map in which nothing changed but the element's dots.
  func change(
    of element: Int, to store: ORSet<Int>.Store, context: CausalContext
  ) -> Causal<Map> {
    var map = Map()
    map[element % 7] = store
    return Causal(map, context: context)
  }

  /// Merges, and checks what merge said about growth.
  mutating func mergeAndCompare(_ index: Int, other: Mutation) -> String? {
    let grew = replicas[index].naive.merge(other.naive)
    if replicas[index].set.merge(ORSet(other.set)) != grew { return "merge said grew: \(!grew)" }
    replicas[index].function.merge(other.function)
    if replicas[index].map.merge(other.map) != grew { return "the map's merge said grew: \(!grew)" }
    replicas[index].dots.merge(other.dots)
    return compare(index)
  }

  /// Which structure of a replica is broken, if one is; a release build does not look.
  func brokenStructure(at index: Int) -> String? {
    #if DEBUG
      let replica = replicas[index]
      do {
        try replica.set.context.checkInvariants()
        try replica.set.causal.store.checkInvariants()
        try replica.function.store.checkInvariants()
        try replica.map.store.checkInvariants()
        for store in replica.map.store.keys.compactMap({ replica.map.store[$0] }) {
          try store.checkInvariants()
        }
        try replica.dots.store.checkInvariants()
      } catch {
        return "\(error)"
      }
    #endif
    return nil
  }

  func compare(_ index: Int) -> String? {
    if let broken = brokenStructure(at: index) { return broken }
    let replica = replicas[index]
    let naive = replica.naive.sortedEntries
    let set = replica.set
    let dots = naive.map(\.dot)
    if !set.causal.store.sortedEntries.elementsEqual(naive, by: { $0 == $1 }) {
      return "the live dots are \(set.causal.store.sortedEntries), not \(naive)"
    }
    if set.context != CausalContext(replica.naive.seen.sorted()) { return "the contexts differ" }
    if !replica.function.store.sortedEntries.elementsEqual(
      naive, by: { $0.dot == $1.dot && $0.value.value == $1.element })
    {
      return "the dot function's live dots differ"
    }
    let inMap = replica.map.store.keys.flatMap { key -> [(dot: Dot, element: Int)] in
      let entries = replica.map.store[key]?.sortedEntries ?? []
      return entries.allSatisfy { $0.element % 7 == key } ? entries : []
    }
    if !inMap.sorted(by: { $0.dot < $1.dot }).elementsEqual(naive, by: { $0 == $1 }) {
      return "the map's live dots differ"
    }
    if replica.map.store.dots != CausalContext(dots) { return "the map's dots differ" }
    if replica.dots.store != DotSet(dots) { return "the dot set's live dots differ" }
    if set.causal.store.dots != CausalContext(dots) { return "the store's dots differ" }
    let elements = Set(replica.naive.live.keys)
    if set.count != elements.count { return "count is \(set.count), not \(elements.count)" }
    let listed = Array(set)
    if listed.count != elements.count || Set(listed) != elements { return "iteration differs" }
    for element in stride(from: 0, to: scale.elements, by: 1 + scale.elements / 50)
    where set.contains(element) != elements.contains(element) {
      return "contains(\(element)) is \(set.contains(element))"
    }
    return nil
  }
}
