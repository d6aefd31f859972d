import MerganserTypes

/// Versions that wait for what no number names: rights, or the end of an identity.
///
/// Each is asked again when a version is applied that can have brought it. What comes when there is no room is
/// forgotten, and offered again by the next exchange.
struct HeldVersions: Sendable {
  private struct Guest: Sendable {
    let version: StoredVersion
    let reason: HeldReason
  }

  /// How many bytes of versions are held at most.
  static let limit = 8 << 20

  /// By the version's origin and hash.
  private var guests: [ReplicaID: [UInt64: Guest]] = [:]
  /// How many are held.
  private(set) var count = 0
  private var size = 0

  /// Whether none is held.
  var isEmpty: Bool { count == 0 }

  /// Holds a version, if there is room.
  mutating func add(_ version: StoredVersion, until reason: HeldReason) {
    let bytes = version.payload.count + 128
    guard guests[version.origin]?[version.hash] == nil, size + bytes <= Self.limit else { return }
    guests[version.origin, default: [:]][version.hash] = Guest(version: version, reason: reason)
    count += 1
    size += bytes
  }

  /// Takes those out that a version which was applied can have brought what they wait for.
  ///
  /// - Complexity: O(*n*) in the number of versions that are held; nothing where none is.
  mutating func release(by applied: Version, in catalog: Catalog) -> [StoredVersion] {
    if isEmpty { return [] }
    var (changed, cuts) = (Set<[UInt8]>(), false)
    for write in applied.writes {
      guard let number = catalog.number(of: write.table) else { continue }
      if number == catalog.cuts { cuts = true }
      changed.insert(number.keyEncoded() + write.key)
    }
    var released: [StoredVersion] = []
    for guest in guests.values.flatMap(\.values) {
      switch guest.reason {
      case .cut where cuts: released.append(guest.version)
      case .row(let table, let key) where cuts || changed.contains(table.keyEncoded() + key):
        released.append(guest.version)
      case .cut, .row: continue
      }
    }
    for version in released { remove(version) }
    return released.sorted { ($0.origin, $0.hash) < ($1.origin, $1.hash) }
  }

  private mutating func remove(_ version: StoredVersion) {
    guests[version.origin]?[version.hash] = nil
    if guests[version.origin]?.isEmpty ?? false { guests[version.origin] = nil }
    count -= 1
    size -= version.payload.count + 128
  }
}
