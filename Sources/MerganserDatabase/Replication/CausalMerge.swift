public import MerganserModel
public import MerganserTypes

/// Reads the logs of several origins as one, each version after those that it depends on.
public struct CausalMerge {
  private struct Stream {
    let reader: any VersionReader
    var next: Version
  }

  private var streams: [Stream] = []
  private var current = 0
  /// Whether each version comes after those that it depends on: always, but in simulations.
  package var isOrdered = true

  /// Reads what `snapshot` holds beyond `vector`.
  public init(_ snapshot: any VersionSnapshot, beyond vector: VersionVector) throws(StorageError) {
    let heads = snapshot.heads
    for origin in heads.filter({ $1.sequence > vector[$0] }).keys.sorted() {
      let reader = try snapshot.versions(of: origin, after: vector[origin])
      if let next = try reader.nextDecoded() {
        streams.append(Stream(reader: reader, next: next))
      }
    }
  }

  /// A version all of whose dependencies `vector` covers; `nil` if there is none.
  ///
  /// The caller takes it in before it asks again.
  public mutating func next(after vector: VersionVector) throws(StorageError) -> Version? {
    for offset in streams.indices {
      let place = (current + offset) % streams.count
      guard streams[place].next.isReady(after: vector) || !isOrdered else { continue }
      if var version = try streams[place].reader.nextDecoded() {
        swap(&version, &streams[place].next)
        current = place
        return version
      }
      current = 0
      // Not by moving all that stand behind it.
      streams.swapAt(place, streams.count - 1)
      return streams.removeLast().next
    }
    return nil
  }

  /// The versions that are left although nothing can be read any more: the first of each origin.
  package var left: [Version] { streams.map(\.next) }

  /// Reads what is left of an origin, whatever it depends on; `nil` behind the last.
  package mutating func nextLeft(of origin: ReplicaID) throws(StorageError) -> Version? {
    guard let place = streams.firstIndex(where: { $0.next.origin == origin }) else { return nil }
    let version = streams[place].next
    if let next = try streams[place].reader.nextDecoded() {
      streams[place].next = next
    } else {
      streams.remove(at: place)
      current = 0
    }
    return version
  }

  /// A version that is left although nothing can be read any more; `nil` if all was read.
  public var stuck: Dot? {
    streams.first.map { Dot($0.next.origin, sequence: $0.next.sequences.lowerBound) }
  }
}

extension VersionReader {
  /// The next version, decoded; `nil` behind the last.
  fileprivate func nextDecoded() throws(StorageError) -> Version? {
    guard let stored = try next() else { return nil }
    let name = Dot(stored.origin, sequence: stored.sequences.lowerBound)
    do { return try stored.decoded() } catch {
      throw .damaged(place: "version \(name)", reason: "\(error)")
    }
  }
}
