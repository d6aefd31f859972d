/// Appends values to a byte string.
///
/// Integers of variable length are LEB128: seven bits a byte, the least significant first, the high
/// bit set on all but the last. Integers of fixed length are little-endian. A replica is written as
/// its place in ``replicas``, which whoever stores the bytes writes in front of them, once.
public struct BinaryEncoder: Sendable {
  /// What has been encoded so far.
  public var bytes: [UInt8]

  /// The replicas that the bytes name, in the order in which they were first named.
  public private(set) var replicas: [ReplicaID] = []
  private var places: [ReplicaID: Int] = [:]

  /// The latest stamp that is written; a later one is written as this.
  package var latestStamp = HybridTime(bits: .max)
  /// Whether a stamp was written as an earlier one than it is.
  private var hasMovedStamps = false

  /// What dots and times are written as; nothing for what they are.
  @usableFromInline package var renaming: Renaming?

  /// Whether something was written in another form than it had, as text is that is not composed: what is
  /// read back is equal to it, and not the same.
  private var hasOtherForms = false

  /// An encoder that has written nothing yet.
  @inlinable
  public init(reservingCapacity capacity: Int = 0) {
    bytes = []
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  /// Notes that what is being written has another form in the bytes, of which it is an equal.
  ///
  /// A type of which equal values can differ, as text can, notes so where they do: a database then goes on
  /// with what is read back from the bytes, so that it is the same here as on every other replica.
  public mutating func noteOtherForm() { hasOtherForms = true }

  /// Whether something was written in another form than it had, or a stamp as an earlier one, since this was
  /// last asked.
  package mutating func takeChanges() -> Bool {
    defer { (hasMovedStamps, hasOtherForms) = (false, false) }
    return hasMovedStamps || hasOtherForms
  }

  /// Appends one byte.
  @inlinable
  public mutating func encode(byte: UInt8) {
    bytes.append(byte)
  }

  /// Appends an unsigned integer in one to ten bytes, fewer for smaller ones.
  @inlinable
  public mutating func encode(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a signed integer in one to ten bytes, fewer the closer it is to zero (zigzag).
  @inlinable
  public mutating func encode(signedVarint value: Int64) {
    encode(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Appends a count; a negative one counts nothing, and is written as 0.
  @inlinable
  public mutating func encode(count: Int) {
    encode(varint: UInt64(max(0, count)))
  }

  /// Appends the place of a replica among ``replicas``, adding it there if it is new.
  public mutating func encode(replica: ReplicaID) {
    encode(count: place(of: replica))
  }

  /// Gives a replica its place before it is first named, so that several byte strings can share one
  /// table.
  public mutating func register(_ replica: ReplicaID) {
    _ = place(of: replica)
  }

  mutating func place(of replica: ReplicaID) -> Int {
    // A handful of replicas is found faster by looking at them than by hashing.
    if replicas.count <= 8 {
      if let place = replicas.firstIndex(of: replica) { return place }
    } else {
      if places.isEmpty { for (place, known) in replicas.enumerated() { places[known] = place } }
      if let place = places[replica] { return place }
      places[replica] = replicas.count
    }
    replicas.append(replica)
    return replicas.count - 1
  }

  /// Appends a table of replicas: a count, and sixteen bytes for each.
  public mutating func encode(replicaTable table: [ReplicaID]) {
    encode(count: table.count)
    for replica in table {
      encode(fixed64: replica.high)
      encode(fixed64: replica.low)
    }
  }

  /// Appends the time of a write by which writes are compared, see ``BinaryDecoder/decodeStamp()``.
  ///
  /// Where a transaction is written down, its stamps that come after its time become that time.
  public mutating func encode(stamp: HybridTime) {
    if renaming == nil, stamp > latestStamp {
      hasMovedStamps = true
      encode(fixed64: latestStamp.bits)
    } else {
      stamp.encode(to: &self)
    }
  }

  /// Appends eight bytes, the least significant first.
  @inlinable
  public mutating func encode(fixed64 value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes as they are, with no length.
  @inlinable
  public mutating func encode(raw: some Sequence<UInt8>) {
    bytes.append(contentsOf: raw)
  }

  /// Appends a length and then as many bytes.
  @inlinable
  public mutating func encode(lengthPrefixed raw: some Collection<UInt8>) {
    encode(count: raw.count)
    bytes.append(contentsOf: raw)
  }
}
