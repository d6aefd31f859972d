extension DotSet: Codable {
  /// Reads a list of dots.
  public init(from decoder: any Decoder) throws {
    self.init(try [Dot](from: decoder))
  }

  /// Writes the dots in order.
  public func encode(to encoder: any Encoder) throws {
    var dots: [Dot] = []
    forEachDot { dots.append($0) }
    try dots.sorted().encode(to: encoder)
  }
}

extension DotFunction: Codable where Value: Codable {
  private struct Entry: Codable {
    var dot: Dot
    var value: Value
  }

  /// Reads a list of dots with their values.
  public init(from decoder: any Decoder) throws {
    self.init()
    for entry in try [Entry](from: decoder) { self[entry.dot] = entry.value }
  }

  /// Writes the dots with their values, in the order of the dots.
  public func encode(to encoder: any Encoder) throws {
    try sortedEntries.map { Entry(dot: $0.dot, value: $0.value) }.encode(to: encoder)
  }
}

extension Written: Codable where Value: Codable {
  /// Reads what was written.
  public init(from decoder: any Decoder) throws {
    self.init()
    value = try decoder.singleValueContainer().decode(Value?.self)
  }

  /// Writes what was written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

extension DotMap: Codable where Key: Codable & BinaryCodable, Value: Codable {
  private struct Entry: Codable {
    var key: Key
    var value: Value
  }

  /// Reads a list of keys with their stores.
  public init(from decoder: any Decoder) throws {
    self.init()
    for entry in try [Entry](from: decoder) where !entry.value.isBottom {
      entries[entry.key] = entry.value
    }
    guard lookUpOwners() else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected keys each of which has dots of its own"))
    }
  }

  /// Writes the keys with their stores, in the order of the keys' bytes.
  public func encode(to encoder: any Encoder) throws {
    try keys.inCanonicalOrder()
      .compactMap { key in self[key].map { Entry(key: key, value: $0) } }
      .encode(to: encoder)
  }
}

extension Causal: Codable where Store: Codable {
  private enum CodingKeys: String, CodingKey { case context, store }

  /// Reads a store and its context, which must cover the store's dots.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let context = try container.decode(CausalContext.self, forKey: .context)
    let store = try container.decode(Store.self, forKey: .store)
    var covered = true
    store.forEachDot { if !context.contains($0) { covered = false } }
    guard covered else {
      throw DecodingError.dataCorruptedError(
        forKey: .store, in: container,
        debugDescription: "expected a store whose dots its context covers")
    }
    self.init(store, context: context)
  }

  /// Writes the store and its context.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(context, forKey: .context)
    try container.encode(store, forKey: .store)
  }
}
