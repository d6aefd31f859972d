/// A value of a type with no dots of its own, such as a counter, made to live by one: what an ``ORMap``
/// can hold and remove.
///
/// | concurrent | update | remove |
/// | --- | --- | --- |
/// | **update** | as the type says; where each created the value, both count | gone, and the update with it |
/// | **remove** | gone, and the update with it | gone |
///
/// The first update creates an incarnation, named by a dot; later ones write to it, and a removal ends
/// the incarnations that it sees with all that is written to them. A counter that is to survive
/// concurrent removals in part is a ``ResettableCounter`` that is reset and never removed.
///
/// Several incarnations live at once only after concurrent creations. They are read as one, by
/// ``Replicated/unite(_:with:for:)``, and so they are updated; what adds up, as counts do, is written to
/// the one with the least dot alone.
public struct Incarnated<Value: Replicated>: CausalValue where Value.Store: LatticeStore {
  /// What was written, by incarnation.
  public typealias Store = DotFunction<Value.Store>

  /// The store with its context.
  public var causal: Causal<Store>

  /// The value that was not created.
  public init() { causal = Causal() }

  /// What the living incarnations show together; `nil` if there is none.
  public var value: Value? {
    causal.store.united { Value.unite(&$0, with: $1, for: .reading) }.map { Value($0) }
  }

  /// Updates the value as `replica` by a delta-mutator, creating it if it is not there; the delta holds
  /// this update alone.
  @discardableResult
  public mutating func write<Failure: Error>(
    as replica: ReplicaID, at time: HybridTime = .zero,
    mutate: (inout Value.Store, inout Author) throws(Failure) -> Value.Store
  ) throws(Failure) -> Self {
    try update(as: replica, at: time) { store, author throws(Failure) in
      try Self.write(to: &store, as: &author, mutate: mutate)
    }
  }

  /// Lets a delta-mutator write to what the incarnations in `store` show together, or to a new one if there
  /// is none; the delta holds its delta, under the least dot and as far as it does not add up under the
  /// others.
  public static func write<Failure: Error>(
    to store: inout Store, as author: inout Author,
    mutate: (inout Value.Store, inout Author) throws(Failure) -> Value.Store
  ) throws(Failure) -> Causal<Store> {
    try store.write(
      as: &author, uniting: { Value.unite(&$0, with: $1, for: .writing) }, mutate: mutate)
  }

  /// Removes the value as `replica`, and all that is written to the incarnations seen; the delta's
  /// context is their dots.
  @discardableResult
  public mutating func remove(as replica: ReplicaID) -> Self {
    update(as: replica) { $0.remove(as: &$1) }
  }
}

extension DotFunction where Value: LatticeStore & Replicated, Value.Store == Value {
  /// Lets a delta-mutator write to what the incarnations show together, or to a new one if there is none;
  /// the delta holds its delta, under the least dot and as far as it does not add up under the others.
  @discardableResult
  public mutating func write<Failure: Error>(
    as author: inout Author,
    mutate: (inout Value, inout Author) throws(Failure) -> Value
  ) throws(Failure) -> Causal<Self> {
    try write(as: &author, uniting: { Value.unite(&$0, with: $1, for: .writing) }, mutate: mutate)
  }
}

extension DotFunction where Value: LatticeStore {
  /// Lets a delta-mutator write to all incarnations, which `unite` brings together.
  mutating func write<Failure: Error>(
    as author: inout Author, uniting unite: (inout Value, Value) -> Void,
    mutate: (inout Value, inout Author) throws(Failure) -> Value
  ) throws(Failure) -> Causal<Self> {
    let entries = sortedEntries
    var value = united(unite) ?? Value()
    // A refused update creates nothing, and uses up no dot.
    var writer = author
    let least = entries.first?.dot ?? writer.nextDot()
    let change = try mutate(&value, &writer)
    author = writer
    var delta = Self()
    delta[least] = change
    if entries.count > 1 {
      var shared = Value()
      unite(&shared, change)
      if !shared.isBottom { for (dot, _) in entries.dropFirst() { delta[dot] = shared } }
    }
    if entries.count > 1 {
      merge(delta, seen: dots, otherSeen: delta.dots)
    } else {
      self[least] = value
    }
    return Causal(delta, context: delta.dots)
  }

  /// Ends all incarnations; the delta's context is their dots.
  @discardableResult
  public mutating func remove(as author: inout Author) -> Causal<Self> {
    defer { self = Self() }
    return Causal(Self(), context: dots)
  }

  /// The incarnations as one, in the order of their dots; `nil` if there is none.
  public func united(_ unite: (inout Value, Value) -> Void) -> Value? {
    let stores = sortedEntries.map(\.value)
    guard var result = stores.first else { return nil }
    for store in stores.dropFirst() { unite(&result, store) }
    return result
  }
}

extension Incarnated: Codable where Value.Store: Codable {}

extension Incarnated: CustomStringConvertible {
  /// What the living incarnations show together.
  public var description: String { value.map { "\($0)" } ?? "nothing" }
}

extension Incarnated: BuiltInType {
  /// The type of what is created and removed.
  public static var componentTypes: [any StoredType.Type] { [Value.self] }
}
