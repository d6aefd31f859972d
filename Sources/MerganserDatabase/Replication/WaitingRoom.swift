import MerganserTypes

/// Versions that came before something that they depend on.
///
/// Each waits for one replica's sequence number at a time, the first of its dependencies that is
/// missing. There is room for ``capacity``; what comes then is forgotten, and offered again by the next
/// meeting.
struct WaitingRoom: Sendable {
  private struct Guest: Sendable {
    let version: StoredVersion
    let needed: VersionVector
    /// The sequence number that it waits for.
    let sequence: UInt64
  }

  static let capacity = 1 << 16

  /// Who waits, by the replica that they wait for; the least sequence number last.
  private var guests: [ReplicaID: [Guest]] = [:]
  private var names: Set<Dot> = []

  /// How many wait.
  var count: Int { names.count }

  /// Lets a version wait until `vector` has reached all that it needs.
  mutating func add(_ version: StoredVersion, needing needed: VersionVector, vector: VersionVector)
  {
    let name = Dot(version.origin, version.sequences.lowerBound)
    guard names.count < Self.capacity, !names.contains(name),
      let missing = needed.first(where: { $1 > vector[$0] })
    else { return }
    names.insert(name)
    var queue = guests[missing.0, default: []]
    var low = 0
    var high = queue.count
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].sequence > missing.1 { low = middle + 1 } else { high = middle }
    }
    queue.insert(Guest(version: version, needed: needed, sequence: missing.1), at: low)
    guests[missing.0] = queue
  }

  /// Those that waited for `replica` only, up to what `vector` says; others wait for the next thing.
  mutating func release(by replica: ReplicaID, vector: VersionVector) -> [StoredVersion] {
    guard var queue = guests.removeValue(forKey: replica) else { return [] }
    var released: [StoredVersion] = []
    var waiting: [Guest] = []
    while let last = queue.last, last.sequence <= vector[replica] {
      queue.removeLast()
      names.remove(Dot(last.version.origin, last.version.sequences.lowerBound))
      if last.needed.isCovered(by: vector) {
        released.append(last.version)
      } else {
        waiting.append(last)
      }
    }
    if !queue.isEmpty { guests[replica] = queue }
    for guest in waiting { add(guest.version, needing: guest.needed, vector: vector) }
    return released
  }
}
