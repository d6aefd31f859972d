import MerganserDatabase
package import MerganserModel
package import MerganserTypes

/// What stands first in a bundle: whose it is, and from where on it continues.
package struct BundleHeader: Hashable, Sendable {
  /// The replica that wrote the bundle.
  package var replica: ReplicaID
  /// The founder of the database that it belongs to.
  package var founder: ReplicaID
  /// The fingerprint of its schema.
  package var fingerprint: UInt64
  /// Its schema; `nil` in a bundle of format 1.
  package var schema: SchemaDescription?
  /// What tells its plan apart (``Greeting/plan``).
  package var plan: UInt64?
  /// The versions beyond this vector follow, or as many of them as there are.
  package var beyond: VersionVector
  /// Whether a state stands before them, for who lacks some that are not beyond that vector.
  package var carriesState: Bool

  /// The header of what `greeting` speaks for.
  package init(_ greeting: Greeting, beyond: VersionVector, carriesState: Bool) {
    replica = greeting.replica
    founder = greeting.founder
    fingerprint = greeting.schema.fingerprint
    schema = greeting.schema
    plan = greeting.plan
    self.beyond = beyond
    self.carriesState = carriesState
  }
}

extension BundleHeader: BinaryCodable {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    replica.encode(to: &encoder)
    founder.encode(to: &encoder)
    encoder.encode(fixed64: fingerprint)
    (plan != nil).encode(to: &encoder)
    encoder.encode(fixed64: plan ?? 0)
    beyond.encode(to: &encoder)
    carriesState.encode(to: &encoder)
    schema?.encode(to: &encoder)
  }

  /// Reads a value from its bytes.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    replica = try ReplicaID(from: &decoder)
    founder = try ReplicaID(from: &decoder)
    fingerprint = try decoder.decodeFixed64()
    let hasPlan = try Bool(from: &decoder)
    let number = try decoder.decodeFixed64()
    plan = hasPlan ? number : nil
    beyond = try VersionVector(from: &decoder)
    carriesState = try Bool(from: &decoder)
    schema = decoder.remaining > 0 ? try SchemaDescription(from: &decoder) : nil
  }
}
