/// The deltas that peers have not acknowledged, joined, within a limit in bytes.
///
/// Every mutator gives its delta. A buffer joins these until each peer has acknowledged them, so that a
/// change costs a peer what the change is, however large the value is and whatever was removed from it:
///
/// ```swift
/// buffer.record(set.insert("milk", as: laptop))
/// switch buffer.message(for: phone) {
/// case .delta(let delta, let number): …       // send both; the phone merges, and answers the number
/// case .everything(let number): …             // send the set, or set.delta(since: what the phone has seen)
/// case nil: …                                 // the phone has it all
/// }
/// buffer.acknowledge(number, by: phone)
/// ```
///
/// A message may be lost, or come twice: what is not acknowledged is in the next one again. Almeida, Shoker,
/// Baquero, *Delta State Replicated Data Types* (2018), section 6; where peers forward, what merging a
/// received delta grew is recorded in its turn, with the peer that it came from.
///
/// The deltas that peers are in step about are joined once for all of them. To record one costs O(its
/// size), and the encoding of it; a message costs O(size of the delta).
public struct DeltaBuffer<Value: BoundedJoinSemilattice & BinaryCodable>: Sendable {
  /// What to send to a peer; the number is what the peer acknowledges.
  public enum Message: Equatable, Sendable {
    /// The join of all that the peer has not acknowledged.
    case delta(Value, number: UInt64)
    /// The buffer does not hold all that the peer lacks: the value is to be sent, or its delta since what
    /// the peer says that it has.
    case everything(number: UInt64)
  }

  /// Deltas in a row, joined.
  @usableFromInline
  struct Segment: Sendable {
    /// The number of the last one.
    @usableFromInline var last: UInt64
    @usableFromInline var delta: Value
    /// At least as many bytes as the delta takes.
    @usableFromInline var size: Int

    @inlinable
    init(last: UInt64, delta: Value, size: Int) {
      self.last = last
      self.delta = delta
      self.size = size
    }
  }

  @usableFromInline
  struct Progress: Equatable, Sendable {
    /// Up to which number the peer has all; nothing until it has acknowledged a value.
    @usableFromInline var acknowledged: UInt64?
    /// The number of the last message, and before the first of what was recorded when the peer was added.
    @usableFromInline var sent: UInt64

    @inlinable
    init(acknowledged: UInt64?, sent: UInt64) {
      self.acknowledged = acknowledged
      self.sent = sent
    }

    /// Whether the peer may acknowledge, or has acknowledged, all up to this number and no more.
    @inlinable
    func ends(at number: UInt64) -> Bool { acknowledged == number || sent == number }
  }

  /// How many bytes of deltas are held; beyond that the oldest are dropped.
  public let limit: Int

  @usableFromInline var segments: [Segment] = []
  @usableFromInline var progress = ReplicaMap<Progress>()
  /// How many deltas have been recorded.
  @usableFromInline var recorded: UInt64 = 0
  /// The number of the last delta that was dropped although some peer may lack it.
  @usableFromInline var dropped: UInt64 = 0

  /// A buffer without peers that holds up to `limit` bytes of deltas.
  @inlinable
  public init(limit: Int = 64 << 10) {
    self.limit = limit
  }

  /// The peers that deltas are held for, in order.
  @inlinable
  public var peers: some Collection<ReplicaID> { progress.replicas }

  /// At most how many bytes the deltas take that are held.
  @inlinable
  public var size: Int { segments.reduce(0) { $0 + $1.size } }

  /// Holds deltas for `peer` from now on; a peer that is there already stays as it is.
  ///
  /// - Parameters:
  ///   - peer: who is to get them.
  ///   - isInStep: whether the peer has the value as it is now; if not, its first message is
  ///     ``Message/everything(number:)``.
  @inlinable
  public mutating func add(_ peer: ReplicaID, isInStep: Bool = false) {
    if progress[peer] != nil { return }
    progress[peer] = Progress(acknowledged: isInStep ? recorded : nil, sent: recorded)
  }

  /// Holds nothing for `peer` any more.
  @inlinable
  public mutating func remove(_ peer: ReplicaID) {
    progress[peer] = nil
    forget()
  }

  /// Takes in a delta for all peers.
  ///
  /// - Parameters:
  ///   - delta: what a mutator gave, or what was received and made the value grow.
  ///   - source: the peer that it was received from, who need not get it.
  @inlinable
  public mutating func record(_ delta: Value, from source: ReplicaID? = nil) {
    if delta.isBottom || progress.isEmpty { return }
    let before = recorded
    recorded += 1
    let isSourceInStep = source.map { progress[$0]?.acknowledged == before } ?? false
    let size = Self.size(of: delta)
    // What was sent is kept apart from what comes later, so that its acknowledgement finds its end.
    if let last = segments.indices.last, !progress.values.contains(where: { $0.ends(at: before) }) {
      segments[last].delta.merge(delta)
      segments[last].last = recorded
      segments[last].size += size
    } else {
      segments.append(Segment(last: recorded, delta: delta, size: size))
    }
    if let source, isSourceInStep {
      progress[source]?.acknowledged = recorded
      forget()
    }
    if self.size > limit { shrink() }
  }

  /// What `peer` has not acknowledged; `nil` if there is nothing, or nobody of this name.
  @inlinable
  public mutating func message(for peer: ReplicaID) -> Message? {
    guard let known = progress[peer] else { return nil }
    if known.acknowledged == recorded { return nil }
    progress[peer]?.sent = recorded
    guard let acknowledged = known.acknowledged, acknowledged >= dropped else {
      return .everything(number: recorded)
    }
    if known.sent != recorded { join() }
    var lacking = segments[...].drop { $0.last <= acknowledged }
    guard var delta = lacking.popFirst()?.delta else { return nil }
    for segment in lacking { delta.merge(segment.delta) }
    return .delta(delta, number: recorded)
  }

  /// Takes notice that `peer` has merged the message with this number.
  ///
  /// A number that was not sent to this peer, or that is older than one acknowledged, changes nothing;
  /// before the first one is acknowledged, so does any but the last.
  @inlinable
  public mutating func acknowledge(_ number: UInt64, by peer: ReplicaID) {
    guard let known = progress[peer], number <= known.sent else { return }
    if let acknowledged = known.acknowledged {
      if acknowledged >= number { return }
    } else if number != known.sent {
      // What lies between was not held for it.
      return
    }
    progress[peer]?.acknowledged = number
    forget()
  }

  /// Drops what all peers have.
  @inlinable
  mutating func forget() {
    var least = recorded
    for peer in progress.values { least = Swift.min(least, peer.acknowledged ?? peer.sent) }
    guard let first = segments.first, first.last <= least else { return join() }
    segments.removeAll { $0.last <= least }
    join()
  }

  /// Joins segments between which no peer makes a difference.
  @inlinable
  mutating func join() {
    guard segments.count > 1 else { return }
    var joined: [Segment] = []
    for segment in segments {
      if let last = joined.indices.last,
        !progress.values.contains(where: { $0.ends(at: joined[last].last) })
      {
        joined[last].delta.merge(segment.delta)
        joined[last].last = segment.last
        joined[last].size += segment.size
      } else {
        joined.append(segment)
      }
    }
    segments = joined
  }

  /// Drops the oldest deltas until no more than half of the limit is held.
  ///
  /// What deltas take together is less than their sum where they changed the same: that is looked at first.
  @inlinable
  mutating func shrink() {
    for place in segments.indices { segments[place].size = Self.size(of: segments[place].delta) }
    var size = size
    while size > limit / 2, !segments.isEmpty {
      let segment = segments.removeFirst()
      size -= segment.size
      dropped = segment.last
    }
  }

  @inlinable
  static func size(of delta: Value) -> Int {
    // Most take one piece of memory, then.
    var encoder = BinaryEncoder(reservingCapacity: 128)
    delta.encode(to: &encoder)
    return encoder.bytes.count + 16 * encoder.replicas.count
  }
}
