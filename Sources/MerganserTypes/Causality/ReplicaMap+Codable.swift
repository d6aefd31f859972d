extension ReplicaMap: Codable where Value: Codable {
  /// The name of an entry: the replica's digits.
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads an object with an entry for each replica.
  public init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      guard let replica = ReplicaID(key.stringValue) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "expected 32 hexadecimal digits")
      }
      self[replica] = try container.decode(Value.self, forKey: key)
    }
  }

  /// Writes an object with an entry for each replica.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (replica, value) in self {
      try container.encode(value, forKey: Key(stringValue: replica.description))
    }
  }
}
