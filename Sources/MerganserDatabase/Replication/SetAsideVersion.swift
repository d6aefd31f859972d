public import MerganserModel
public import MerganserTypes

/// A version that rests on another branch of some replica's history than the one that is applied here.
///
/// It is kept and listed, and never applied: two branches of one identity can each keep an invariant that
/// both together break.
public struct SetAsideVersion: Hashable, Sendable {
  /// The version.
  public var version: StoredVersion
  /// Why it is set aside, as a person reads it.
  public var reason: String

  /// How many bytes of them a replica keeps.
  ///
  /// The peers by which they come share the room. What has none is not kept: whoever has it offers it again.
  public static let limit = 64 << 20

  /// The version of the given parts.
  public init(version: StoredVersion, reason: String) {
    self.version = version
    self.reason = reason
  }

  /// How many bytes it takes, about.
  var size: Int { version.payload.count + reason.utf8.count + 64 }

  /// The key under which it is stored: by origin, in the order of its versions.
  var key: [UInt8] {
    version.origin.keyEncoded() + version.sequences.lowerBound.keyEncoded()
      + version.hash.keyEncoded()
  }
}

extension SetAsideVersion: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(fixed64: version.origin.high)
    encoder.encode(fixed64: version.origin.low)
    reason.encode(to: &encoder)
    encoder.encode(lengthPrefixed: version.payload)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let origin = ReplicaID(high: try decoder.decodeFixed64(), low: try decoder.decodeFixed64())
    reason = try String(from: &decoder)
    version = try StoredVersion(origin: origin, payload: try decoder.decodeLengthPrefixed())
  }
}

extension CheckpointStep {
  /// What stores versions that are set aside.
  public init(settingAside versions: [SetAsideVersion]) {
    self.init(versions.map { Change(.aside, key: $0.key, value: $0.binaryEncoded()) })
  }

  /// What takes versions out that were set aside.
  public init(droppingSetAside versions: [SetAsideVersion]) {
    self.init(versions.map { Change(.aside, key: $0.key, value: nil) })
  }
}

extension StoredState {
  /// Hands the versions that are set aside to `body`, by origin and in the order of their numbers.
  ///
  /// - Throws: ``/MerganserModel/StorageError/damaged(place:reason:)``, if one cannot be read; what `body` throws.
  public func forEachSetAside(
    _ body: (SetAsideVersion) throws(StorageError) -> Void
  ) throws(StorageError) {
    let entries = try entries(from: [], in: .aside)
    while let entry = try entries.next() {
      let version: SetAsideVersion
      do { version = try SetAsideVersion(binaryEncoded: entry.value) } catch {
        throw .damaged(place: "a version that is set aside", reason: "\(error)")
      }
      try body(version)
    }
  }
}

/// The names of the versions that are set aside, by which what rests on them is told.
package struct SetAsideIndex: Sendable {
  struct Place {
    let origin: ReplicaID
    let head: Head
  }

  private(set) var heads: [ReplicaID: [Head: PeerShares.Entry]] = [:]
  /// By the key under which a version is stored.
  private(set) var places: [[UInt8]: Place] = [:]
  var shares = PeerShares(limit: SetAsideVersion.limit)

  /// How many there are.
  package var count: Int { places.count }

  /// Whether a version is one of them.
  package func has(_ head: Head, of origin: ReplicaID) -> Bool { heads[origin]?[head] != nil }

  /// The index of no versions.
  package init() {}

  /// The index of what a storage keeps set aside.
  package init(_ state: any StoredState) throws(StorageError) {
    try state.forEachSetAside { version in _ = insert(version) }
  }

  /// What became of a version that was to be noted.
  package enum Insertion {
    /// It is noted, and those that are stored under the given keys are no more.
    case new(displaced: [[UInt8]])
    case known, noRoom
  }

  /// Notes a version that came by a peer, if there is room for it.
  package mutating func insert(
    _ aside: SetAsideVersion, from peer: ReplicaID? = nil
  ) -> Insertion {
    let head = aside.version.head
    let origin = aside.version.origin
    let key = aside.key
    if var entry = heads[origin]?[head] {
      shares.note(key, entry: &entry, offeredBy: peer)
      heads[origin]?[head] = entry
      return .known
    }
    guard let (entry, displaced) = shares.enter(key, size: aside.size, from: peer) else {
      return .noRoom
    }
    for other in displaced {
      guard let place = places.removeValue(forKey: other) else { continue }
      heads[place.origin]?[place.head] = nil
      if heads[place.origin]?.isEmpty ?? false { heads[place.origin] = nil }
    }
    heads[origin, default: [:]][head] = entry
    places[key] = Place(origin: origin, head: head)
    return .new(displaced: displaced)
  }

  /// Whether the version of an origin with this end and this hash is set aside.
  package func contains(_ head: Head, of origin: ReplicaID) -> Bool {
    heads.isEmpty ? false : heads[origin]?[head] != nil
  }
}
