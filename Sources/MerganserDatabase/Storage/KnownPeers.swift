public import MerganserTypes

/// What other replicas are known to hold, so that a log can keep what they lack.
///
/// What a peer was seen to hold it holds for good: this may come to be too little, never too much, and is
/// as true in a copy of a store as in the store.
public struct KnownPeers: Equatable, Sendable {
  /// What is known of one peer.
  public struct Peer: Equatable, Sendable {
    /// What it holds at least.
    public var vector: VersionVector
    /// When it was last met, by the clock of whoever met it.
    public var lastMet: HybridTime

    /// What is known of a peer.
    public init(vector: VersionVector, lastMet: HybridTime) {
      self.vector = vector
      self.lastMet = lastMet
    }
  }

  /// How many peers are known at most; of more, those that have written nothing that is here are forgotten
  /// first, and then those that were not met for longest.
  public static let limit = 256
  /// How many bytes what is known of them takes at most; of more, they are forgotten likewise.
  public static let maximumSize = 16 << 20

  /// The peers, by their ids.
  public private(set) var peers: [ReplicaID: Peer] = [:]

  /// Nobody is known.
  public init() {}

  /// Takes notice of a peer that was met, and of what it holds.
  ///
  /// A peer that has written nothing that is here takes no place of one that has: anybody can make up names.
  ///
  /// - Complexity: O(*n*) in the number of origins, and in the number of peers.
  public mutating func note(_ peer: ReplicaID, holds vector: VersionVector, at time: HybridTime) {
    var known = peers[peer] ?? Peer(vector: VersionVector(), lastMet: time)
    known.vector.merge(vector)
    known.lastMet = time
    peers[peer] = known
    while peers.count > Self.limit || peers.count > 1 && size > Self.maximumSize {
      let candidates = peers.filter {
        $0.key != peer && (isMember(peer) || !isMember($0.key))
      }
      let first = candidates.min {
        let one = isMember($0.key) ? 1 : 0
        let other = isMember($1.key) ? 1 : 0
        return (one, $0.value.lastMet, $0.key) < (other, $1.value.lastMet, $1.key)
      }
      guard let first else {
        peers[peer] = nil
        return
      }
      peers[first.key] = nil
    }
  }

  /// Whether a peer is known to hold writes of its own that are here, told by their hashes.
  private func isMember(_ peer: ReplicaID) -> Bool {
    peers[peer].map { $0.vector[peer] > 0 } ?? false
  }

  /// How many bytes what is known takes, about.
  private var size: Int { peers.values.reduce(0) { $0 + 64 + 26 * $1.vector.replicas.count } }

  /// Forgets a peer, and tells whether it was known.
  @discardableResult
  public mutating func forget(_ peer: ReplicaID) -> Bool {
    peers.removeValue(forKey: peer) != nil
  }

  /// Forgets the peers that were last met before `time`.
  public mutating func forget(lastMetBefore time: HybridTime) {
    peers = peers.filter { $0.value.lastMet >= time }
  }

  /// How far of an origin's writes, up to `limit`, every peer holds all.
  public func held(of origin: ReplicaID, upTo limit: UInt64) -> UInt64 {
    peers.values.reduce(limit) { min($0, $1.vector[origin]) }
  }

  /// How far of an origin's writes, up to `limit`, every peer holds all that has itself written something that is
  /// here.
  public func heldByMembers(of origin: ReplicaID, upTo limit: UInt64) -> UInt64 {
    peers.reduce(limit) { isMember($1.key) ? min($0, $1.value.vector[origin]) : $0 }
  }

  /// How many of the writes that a log with the given end has each peer is not known to hold.
  public func lags(behind end: VersionVector) -> [ReplicaID: UInt64] {
    peers.mapValues { peer in
      // What a peer says of origins that nobody knows may be any number.
      end.reduce(0) { lag, entry in
        lag.adding(atMost: entry.1 - min(entry.1, peer.vector[entry.0]))
      }
    }
  }
}

extension UInt64 {
  /// The sum, or the largest number where it is larger.
  package func adding(atMost other: UInt64) -> UInt64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }
}

extension KnownPeers: BinaryCodable {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(count: peers.count)
    for (id, peer) in peers.sorted(by: { $0.key < $1.key }) {
      id.encode(to: &encoder)
      peer.lastMet.encode(to: &encoder)
      peer.vector.encode(to: &encoder)
    }
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    var previous: ReplicaID?
    for _ in 0..<(try decoder.decodeCount(minimumSize: 3)) {
      let start = decoder.offset
      let id = try ReplicaID(from: &decoder)
      if let previous, previous >= id {
        throw .invalidValue(offset: start, expected: "peers in ascending order")
      }
      let time = try HybridTime(from: &decoder)
      peers[id] = Peer(vector: try VersionVector(from: &decoder), lastMet: time)
      previous = id
    }
  }
}
