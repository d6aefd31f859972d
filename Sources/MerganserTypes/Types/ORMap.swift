/// A map from keys to replicated values, nested to any depth, in which removing a key resets what was
/// seen of its value, and updates concurrent with the removal survive.
///
/// | concurrent, of one key | update | remove |
/// | --- | --- | --- |
/// | **update** | both take effect on one value, as its type says | the update alone is left |
/// | **remove** | the update alone is left | the key is gone |
///
/// A key created on two sides has one value, the merge of both. Updates and removals of different keys
/// do not meet. A key is there as long as anything lives in its value: an update that leaves nothing
/// there, such as removing the last element of a set, removes the key.
///
/// What lives in a value must live by dots: sets, flags, ``MVRegister``, maps. A type with no dots of
/// its own, such as a counter, is put in ``Incarnated``. Almeida, Shoker, Baquero, *Delta State
/// Replicated Data Types* (2018), section 7.4.
///
/// An update or removal costs what it does to the value, and O(1) on average; a merge O(*n* + *m*).
public struct ORMap<Key: Hashable & BinaryCodable, Value: Replicated>: CausalValue
where Value.Store: CausalStore {
  /// The values' stores by key.
  public typealias Store = DotMap<Key, Value.Store>

  /// The store with its context.
  public var causal: Causal<Store>

  /// The map with no key.
  @inlinable
  public init() { causal = Causal() }

  /// The value of `key`, for reading.
  @inlinable
  public subscript(key: Key) -> Value? { causal.store[key].map { Value($0) } }

  /// The keys, in no particular order.
  public var keys: some Collection<Key> { causal.store.keys }

  /// How many keys there are.
  public var count: Int { causal.store.keys.count }

  /// Updates the value of `key` as `replica`, from nothing if there is none; the delta holds this update
  /// alone.
  ///
  /// ```swift
  /// map.update("fruit", as: laptop) { $0.insert("apple", as: &$1) }           // a map of sets
  /// map.update("fruit", as: laptop) {                                         // a map of maps of sets
  ///   $0.update("red", as: &$1) { $0.insert("apple", as: &$1) }
  /// }
  /// ```
  @discardableResult
  @inlinable
  public mutating func update<Failure: Error>(
    _ key: Key, as replica: ReplicaID, at time: HybridTime = .zero,
    mutate: (inout Value.Store, inout Author) throws(Failure) -> Causal<Value.Store>
  ) throws(Failure) -> Self {
    try update(as: replica, at: time) { store, author throws(Failure) in
      try store.update(key, as: &author, mutate: mutate)
    }
  }

  /// Removes `key` as `replica`, and with it what was seen of its value; the delta's context is the dots
  /// that lived there.
  @discardableResult
  @inlinable
  public mutating func remove(_ key: Key, as replica: ReplicaID) -> Self {
    update(as: replica) { $0.remove(key, as: &$1) }
  }
}

extension DotMap {
  /// Lets a delta-mutator work on the store under `key`; the delta holds its delta alone.
  @discardableResult
  @inlinable
  public mutating func update<Failure: Error>(
    _ key: Key, as author: inout Author,
    mutate: (inout Value, inout Author) throws(Failure) -> Causal<Value>
  ) throws(Failure) -> Causal<Self> {
    var value = Value()
    let place = entries.index(forKey: key)
    // What the map holds is taken out, so that the value is changed in place.
    if let place { swap(&value, &entries.values[place]) }
    let result: Result<Causal<Value>, Failure>
    do throws(Failure) { result = .success(try mutate(&value, &author)) } catch {
      result = .failure(error)
    }
    switch (place, value.isBottom) {
    case (let place?, true): entries.remove(at: place)
    case (let place?, false): swap(&value, &entries.values[place])
    case (nil, true): break
    case (nil, false): entries[key] = value
    }
    let change: Causal<Value>
    switch result {
    case .success(let done): change = done
    case .failure(let failure):
      // Before it failed, it may have changed something all the same.
      lookUpOwners()
      throw failure
    }
    let written = note(change, of: key)
    var delta = Self()
    if !change.store.isBottom {
      delta.entries[key] = change.store
      delta.owners = written
    }
    return Causal(delta, context: change.context)
  }

  /// Removes `key`; the delta's context is the dots that lived under it.
  @discardableResult
  @inlinable
  public mutating func remove(_ key: Key, as author: inout Author) -> Causal<Self> {
    let context = self[key]?.dots ?? CausalContext()
    self[key] = nil
    return Causal(Self(), context: context)
  }
}

extension ORMap: Codable where Key: Codable, Value.Store: Codable {}

extension ORMap: CustomStringConvertible {
  /// The keys with their values, in the order of the keys' bytes.
  public var description: String {
    "["
      + causal.store.keys.inCanonicalOrder()
      .map { key in "\(key): \(self[key].map { "\($0)" } ?? "")" }
      .joined(separator: ", ") + "]"
  }
}

extension ORMap: BuiltInType {
  /// The keys' type and the values'.
  public static var componentTypes: [any StoredType.Type] { [Key.self, Value.self] }
}
