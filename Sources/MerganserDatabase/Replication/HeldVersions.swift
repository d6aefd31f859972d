import MerganserTypes

/// Versions that wait for what no number names: rights, or the end of an identity.
///
/// Each is asked again when a version is applied that can have brought it. The peers by which they come share the
/// room (``PeerShares``). What has no room is forgotten, and offered again by the next exchange.
struct HeldVersions: Sendable {
  private struct Guest: Sendable {
    let version: StoredVersion
    let reason: HeldReason
    var entry: PeerShares.Entry
  }

  /// How many bytes of versions are held at most.
  static let limit = 8 << 20

  /// By the version's origin and hash.
  private var guests: [[UInt8]: Guest] = [:]
  private var shares = PeerShares(limit: Self.limit)

  /// How many are held.
  var count: Int { guests.count }

  /// Whether none is held.
  var isEmpty: Bool { guests.isEmpty }

  /// Holds a version that came by a peer, if there is room.
  mutating func add(
    _ version: StoredVersion, until reason: HeldReason, from peer: ReplicaID? = nil
  ) {
    let name = version.origin.keyEncoded() + version.hash.keyEncoded()
    if var guest = guests[name] {
      shares.note(name, &guest.entry, offeredBy: peer)
      guests[name] = guest
      return
    }
    let size = version.payload.count + 128
    guard let (entry, displaced) = shares.enter(name, size: size, from: peer) else { return }
    for other in displaced { guests[other] = nil }
    guests[name] = Guest(version: version, reason: reason, entry: entry)
  }

  /// Takes those out that a version which was applied can have brought what they wait for.
  ///
  /// - Complexity: O(*n*) in the number of versions that are held; nothing where none is.
  mutating func release(by applied: Version, in catalog: Catalog) -> [OfferedVersion] {
    if isEmpty { return [] }
    var (changed, cuts) = (Set<[UInt8]>(), false)
    for write in applied.writes {
      guard let number = catalog.number(of: write.table) else { continue }
      if number == catalog.cuts { cuts = true }
      changed.insert(number.keyEncoded() + write.key)
    }
    let released = guests.filter { guest in
      switch guest.value.reason {
      case .cut: cuts
      case .row(let table, let key): cuts || changed.contains(table.keyEncoded() + key)
      }
    }
    for (name, guest) in released {
      guests[name] = nil
      shares.leave(guest.entry)
    }
    return released.sorted { $0.key.precedes($1.key) }
      .map { OfferedVersion(version: $0.value.version, peer: $0.value.entry.account) }
  }
}
