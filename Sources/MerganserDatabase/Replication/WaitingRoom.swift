import MerganserTypes

/// Versions that came before something that they depend on.
///
/// Each waits for one origin's sequence number at a time, the first of its dependencies that is missing.
/// There is room for ``limit`` bytes. What comes when there is none left is forgotten, and offered again by
/// the next exchange.
///
/// - Complexity: O(log *n*) to add a version, and to release one; a copy of the room costs nothing.
struct WaitingRoom: Sendable {
  private struct Guest: Sendable {
    let version: StoredVersion
    let needed: VersionVector

    /// How many bytes of memory it takes, about.
    var size: Int { version.payload.count + 32 * needed.replicas.count + 256 }
  }

  /// How many bytes of versions wait at most.
  static let limit = 64 << 20

  /// By the origin and the sequence number that is waited for, and by the version's name.
  private var guests = OrderedMap<Guest>()
  /// By the version's name: the sequence number that it waits for, as it stands in the guest's key.
  private var names = OrderedMap<[UInt8]>()
  /// How many bytes the guests take.
  private(set) var size = 0

  /// How many wait.
  var count: Int { names.count }

  /// Lets a version wait until `vector` has reached all that it needs; tells whether there was room.
  @discardableResult
  mutating func add(
    _ version: StoredVersion, needing needed: VersionVector, vector: VersionVector
  ) -> Bool {
    guard let missing = needed.first(where: { $1 > vector[$0] }) else { return false }
    let name = Self.key(version.origin, version.sequences.lowerBound) + version.hash.keyEncoded()
    if names[name] != nil { return true }
    let guest = Guest(version: version, needed: needed)
    guard size + guest.size <= Self.limit else { return false }
    let awaited = Self.key(missing.0, missing.1)
    names[name] = awaited
    guests[awaited + name] = guest
    size += guest.size
    return true
  }

  /// Those that waited for versions of `origin` up to what `vector` says, and now for nothing; those that
  /// wait for something else still go on doing so.
  mutating func release(by origin: ReplicaID, vector: VersionVector) -> [StoredVersion] {
    var released: [StoredVersion] = []
    for guest in take(waitingFor: origin, upTo: vector[origin]) {
      if guest.needed.isCovered(by: vector) {
        released.append(guest.version)
      } else {
        add(guest.version, needing: guest.needed, vector: vector)
      }
    }
    return released
  }

  /// Those that waited for one of the given versions, whether it is here now or not.
  mutating func release(waitingFor version: StoredVersion) -> [StoredVersion] {
    take(
      waitingFor: version.origin, from: version.sequences.lowerBound,
      upTo: version.sequences.upperBound
    ).map(\.version)
  }

  /// Takes those out that wait for a sequence number of `origin` in a range.
  private mutating func take(
    waitingFor origin: ReplicaID, from first: UInt64 = 0, upTo last: UInt64
  ) -> [Guest] {
    if guests.isEmpty { return [] }
    let end = Self.key(origin, last)
    var taken: [(key: [UInt8], value: Guest)] = []
    var entries = guests.entries(from: Self.key(origin, first))
    while let next = entries.next(), !end.precedes(Array(next.key.prefix(end.count))) {
      taken.append(next)
    }
    for (key, guest) in taken {
      guests[key] = nil
      names[Array(key.dropFirst(end.count))] = nil
      size -= guest.size
    }
    return taken.map(\.value)
  }

  private static func key(_ origin: ReplicaID, _ sequence: UInt64) -> [UInt8] {
    origin.keyEncoded() + sequence.keyEncoded()
  }
}
