import MerganserTypes

/// A version, and the peer by which it came; `nil` for one that nobody has heard of.
struct OfferedVersion {
  let version: StoredVersion
  let peer: ReplicaID?
}

/// Versions that came before something that they depend on.
///
/// Each waits for one origin's sequence number at a time, the first of its dependencies that is missing.
/// There is room for ``limit`` bytes, which the peers share by which they come (``PeerShares``). What has no room
/// is forgotten, and offered again by the next exchange.
///
/// - Complexity: O(log *n*) to add a version, and to release one; a copy of the room costs nothing.
struct WaitingRoom: Sendable {
  struct Guest: Sendable {
    let version: StoredVersion
    let needed: VersionVector
    var entry: PeerShares.Entry

    /// By which peer it came.
    var peer: ReplicaID? { entry.account }
  }

  /// How many bytes of versions wait at most.
  static let limit = 64 << 20

  /// By the origin and the sequence number that is waited for, and by the version's name.
  private(set) var guests = OrderedMap<Guest>()
  /// By the version's name: the sequence number that it waits for, as it stands in the guest's key.
  private(set) var names = OrderedMap<[UInt8]>()
  var shares = PeerShares(limit: Self.limit)

  /// How many bytes the guests take.
  var size: Int { shares.bytes }

  /// A room of the same size in which nothing waits.
  var emptied: Self {
    var room = Self()
    room.shares.limit = shares.limit
    return room
  }

  /// How many wait.
  var count: Int { names.count }

  /// Lets a version wait that came by a peer, until `vector` has reached all that it needs; tells whether there
  /// was room.
  @discardableResult
  mutating func add(
    _ version: StoredVersion, needing needed: VersionVector, vector: VersionVector,
    from peer: ReplicaID? = nil
  ) -> Bool {
    guard let missing = needed.first(where: { $1 > vector[$0] }) else { return false }
    let name =
      Self.key(version.origin, sequence: version.sequences.lowerBound) + version.hash.keyEncoded()
    if let key = names[name].map({ $0 + name }) {
      guard var guest = guests[key] else { return true }
      shares.note(name, entry: &guest.entry, offeredBy: peer)
      guests[key] = guest
      return true
    }
    // What it takes of memory, about.
    let size = version.payload.count + 32 * needed.replicas.count + 256
    guard let (entry, displaced) = shares.enter(name, size: size, from: peer) else { return false }
    for other in displaced {
      guard let awaited = names[other] else { continue }
      guests[awaited + other] = nil
      names[other] = nil
    }
    let awaited = Self.key(missing.0, sequence: missing.1)
    names[name] = awaited
    guests[awaited + name] = Guest(version: version, needed: needed, entry: entry)
    return true
  }

  /// Those that waited for versions of `origin` up to what `vector` says, and now for nothing; those that
  /// wait for something else still go on doing so.
  mutating func release(by origin: ReplicaID, vector: VersionVector) -> [OfferedVersion] {
    var released: [OfferedVersion] = []
    for guest in take(waitingFor: origin, upTo: vector[origin]) {
      if guest.needed.isCovered(by: vector) {
        released.append(OfferedVersion(version: guest.version, peer: guest.peer))
      } else {
        add(guest.version, needing: guest.needed, vector: vector, from: guest.peer)
      }
    }
    return released
  }

  /// Those that waited for one of the given versions, whether it is here now or not.
  mutating func release(waitingFor version: StoredVersion) -> [OfferedVersion] {
    take(
      waitingFor: version.origin, from: version.sequences.lowerBound,
      upTo: version.sequences.upperBound
    ).map { OfferedVersion(version: $0.version, peer: $0.peer) }
  }

  /// Takes those out that wait for a sequence number of `origin` in a range.
  private mutating func take(
    waitingFor origin: ReplicaID, from first: UInt64 = 0, upTo last: UInt64
  ) -> [Guest] {
    if guests.isEmpty { return [] }
    let end = Self.key(origin, sequence: last)
    var taken: [(key: [UInt8], value: Guest)] = []
    var entries = guests.entries(from: Self.key(origin, sequence: first))
    while let next = entries.next(), !end.precedes(Array(next.key.prefix(end.count))) {
      taken.append(next)
    }
    for (key, guest) in taken {
      guests[key] = nil
      names[Array(key.dropFirst(end.count))] = nil
      shares.leave(guest.entry)
    }
    return taken.map(\.value)
  }

  private static func key(_ origin: ReplicaID, sequence: UInt64) -> [UInt8] {
    origin.keyEncoded() + sequence.keyEncoded()
  }
}
