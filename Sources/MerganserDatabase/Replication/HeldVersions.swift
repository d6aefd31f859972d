import MerganserModel
import MerganserTypes

/// Versions that wait for what no number names: rights, or the end of an identity.
///
/// Each is asked again when a version is applied that can have brought it. The peers by which they come share the
/// room (``PeerShares``). What has no room is forgotten, and offered again by the next exchange.
///
/// - Complexity: O(log *n*) to hold a version, and for each that is asked again; a copy of the room costs nothing.
struct HeldVersions: Sendable {
  struct Guest: Sendable {
    let version: StoredVersion
    /// Where it stands among those that wait for the same.
    let place: [UInt8]
    var entry: PeerShares.Entry
  }

  /// How many bytes of versions are held at most.
  static let limit = 8 << 20
  /// How many are held at most that wait for the same: a change of it asks all of them.
  static let limitPerReason = 256

  /// By the version's origin and hash.
  private(set) var guests = OrderedMap<Guest>()
  /// By what they wait for, and their names.
  private(set) var waiting = OrderedMap<[UInt8]>()
  var shares = PeerShares(limit: Self.limit)

  /// A room of the same size in which none is held.
  var emptied: Self {
    var room = Self()
    room.shares.limit = shares.limit
    return room
  }

  /// How many are held.
  var count: Int { guests.count }

  /// Whether none is held.
  var isEmpty: Bool { guests.isEmpty }

  /// Holds a version that came by a peer, if there is room.
  mutating func add(
    _ version: StoredVersion, until reason: HeldReason, from peer: ReplicaID? = nil
  ) {
    let name = Self.name(version.origin) + version.hash.keyEncoded()
    if var guest = guests[name] {
      shares.note(name, entry: &guest.entry, offeredBy: peer)
      guests[name] = guest
      return
    }
    let key = Self.key(reason)
    guard names(waitingFor: key).count < Self.limitPerReason else { return }
    let size = version.payload.count + 256
    guard let (entry, displaced) = shares.enter(name, size: size, from: peer) else { return }
    for other in displaced {
      guard let guest = guests[other] else { continue }
      guests[other] = nil
      waiting[guest.place] = nil
    }
    guests[name] = Guest(version: version, place: key + name, entry: entry)
    waiting[key + name] = name
  }

  /// Takes those out that a version which was applied can have brought what they wait for: those that wait for a
  /// row that it wrote to, and those of an heir that an end of an identity names.
  ///
  /// - Complexity: O(*m* log *n*) for *m* that are taken out, O(1) if none is held.
  mutating func release(
    by applied: Version, in catalog: Catalog, succession: Succession
  ) -> [OfferedVersion] {
    if isEmpty { return [] }
    var released: [[UInt8]] = []
    for write in applied.writes {
      guard let number = catalog.number(of: write.table) else { continue }
      released += names(waitingFor: Self.key(.row(table: number, key: Array(write.key))))
    }
    for (identity, cut) in applied.cuts {
      for heir in Set([cut.heir, succession.holder(for: identity)]).sorted() {
        released += names(of: heir)
      }
    }
    return released.compactMap { name in
      guard let guest = guests[name] else { return nil }
      guests[name] = nil
      waiting[guest.place] = nil
      shares.leave(guest.entry)
      return OfferedVersion(version: guest.version, peer: guest.entry.account)
    }
  }

  /// The names of those that wait for something, in order.
  private func names(waitingFor key: [UInt8]) -> [[UInt8]] {
    var (names, entries): ([[UInt8]], _) = ([], waiting.entries(from: key))
    while let (place, name) = entries.next(), place.count == key.count + name.count,
      place.starts(with: key)
    {
      names.append(name)
    }
    return names
  }

  /// The names of those of an origin, in order.
  private func names(of origin: ReplicaID) -> [[UInt8]] {
    let prefix = Self.name(origin)
    var (names, entries): ([[UInt8]], _) = ([], guests.entries(from: prefix))
    while let (name, _) = entries.next(), name.starts(with: prefix) { names.append(name) }
    return names
  }

  private static func name(_ origin: ReplicaID) -> [UInt8] { origin.keyEncoded() }

  /// What is waited for; none of these is the beginning of another.
  private static func key(_ reason: HeldReason) -> [UInt8] {
    switch reason {
    case .cut: [0]
    case .row(let table, let key): [1] + table.keyEncoded() + key.count.keyEncoded() + key
    }
  }
}
