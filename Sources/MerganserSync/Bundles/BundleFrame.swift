public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// What stands first in a bundle: whose it is, and from where on it continues.
public struct BundleHeader: Hashable, Sendable {
  /// The replica that wrote the bundle.
  public var replica: ReplicaID
  /// The founder of the database that it belongs to.
  public var founder: ReplicaID
  /// The fingerprint of its schema.
  public var fingerprint: UInt64
  /// Its schema; `nil` in a bundle of format 1.
  public var schema: SchemaDescription?
  /// What tells its plan apart (``Greeting/plan``).
  public var plan: UInt64?
  /// The versions beyond this vector follow, or as many of them as there are.
  public var beyond: VersionVector
  /// Whether a state stands before them, for who lacks some that are not beyond that vector.
  public var carriesState: Bool

  /// The header of what `greeting` speaks for.
  public init(_ greeting: Greeting, beyond: VersionVector, carriesState: Bool) {
    replica = greeting.replica
    founder = greeting.founder
    fingerprint = greeting.schema.fingerprint
    schema = greeting.schema
    plan = greeting.plan
    self.beyond = beyond
    self.carriesState = carriesState
  }
}

/// A piece of a bundle.
public enum BundleFrame: Hashable, Sendable {
  /// What stands first.
  case header(BundleHeader)
  /// What stands before a state.
  case state(StateHeader)
  /// A part of the state.
  case rows(StatePart)
  /// Versions, each after those that it depends on.
  case versions([StoredVersion])
  /// That was all: so many frames.
  case end(frames: Int)

  var kind: UInt8 {
    switch self {
    case .header: 1
    case .state: 2
    case .rows: 3
    case .versions: 4
    case .end: 5
    }
  }
}

extension BundleHeader: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
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
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
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

/// Versions as they stand in a bundle.
struct BundledVersions: BinaryCodable {
  var versions: [StoredVersion]

  init(_ versions: [StoredVersion]) { self.versions = versions }

  func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: versions.count)
    for version in versions {
      version.origin.encode(to: &encoder)
      encoder.encode(lengthPrefixed: version.payload)
    }
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    versions = []
    for _ in 0..<(try decoder.decodeCount(minimumSize: 2)) {
      let origin = try ReplicaID(from: &decoder)
      versions.append(
        try StoredVersion(origin: origin, payload: try decoder.decodeLengthPrefixed()))
    }
  }
}
