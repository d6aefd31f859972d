public import MerganserTypes

/// Reads the logs of several origins as one, each version after those that it depends on.
public struct CausalMerge {
  private struct Stream {
    let reader: any VersionReader
    var next: StoredVersion
    /// What has to be seen before `next`.
    var needed: VersionVector
  }

  private var streams: [Stream] = []
  private var current = 0

  /// Reads what `snapshot` holds beyond `vector`.
  public init(_ snapshot: any VersionSnapshot, beyond vector: VersionVector) throws(StorageError) {
    for origin in snapshot.heads.keys.sorted()
    where (snapshot.heads[origin]?.sequence ?? 0) > vector[origin] {
      let reader = try snapshot.versions(of: origin, after: vector[origin])
      if let next = try reader.next() {
        streams.append(Stream(reader: reader, next: next, needed: try next.needed()))
      }
    }
  }

  /// A version all of whose dependencies `vector` covers; nothing where there is none.
  ///
  /// The caller takes it in before it asks again.
  public mutating func next(after vector: VersionVector) throws(StorageError) -> StoredVersion? {
    for offset in streams.indices {
      let place = (current + offset) % streams.count
      guard streams[place].needed.isCovered(by: vector) else { continue }
      let version = streams[place].next
      if let next = try streams[place].reader.next() {
        streams[place].next = next
        streams[place].needed = try next.needed()
        current = place
      } else {
        streams.remove(at: place)
        current = 0
      }
      return version
    }
    return nil
  }

  /// A version that is left although nothing can be read any more; nothing where all was read.
  public var stuck: Dot? {
    streams.first.map { Dot($0.next.origin, $0.next.sequences.lowerBound) }
  }
}

extension Version {
  /// What has to be seen before this version: what it depends on, and its origin's version before.
  var needed: VersionVector {
    var needed = dependencies
    if sequences.lowerBound > 1 { needed[origin] = sequences.lowerBound - 1 }
    return needed
  }
}

extension VersionVector {
  /// What this vector has seen that `known` has not, but for one replica.
  func news(since known: VersionVector, except replica: ReplicaID) -> VersionVector {
    var news = VersionVector()
    for (other, sequence) in self where other != replica && sequence > known[other] {
      news[other] = sequence
    }
    return news
  }
}
