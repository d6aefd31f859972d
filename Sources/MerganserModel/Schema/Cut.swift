public import MerganserTypes

/// Where an identity ends: a version of it behind which none counts, on any replica, for ever.
///
/// It is a row that only grows, decided once. What lies beyond a cut, and what rests on that, is set aside.
/// From its cut on, the account of an ended identity counts for its heir: nothing is written for that, so it
/// happens once, and takes in what is given to the ended identity later.
public struct Cut: Hashable, Sendable {
  /// The last version of the identity that counts; 0 and 0 if none does.
  public var last: Head
  /// The identity to which the ended one's rights count.
  public var heir: ReplicaID
  /// The number of the heir's write that made the cut: what the heir writes behind it, it writes as heir.
  public var decided: UInt64

  /// The cut with the given parts.
  public init(last: Head, heir: ReplicaID, decided: UInt64) {
    self.last = last
    self.heir = heir
    self.decided = decided
  }
}

extension Cut: BinaryCodable, BuiltInType {
  /// Appends the value's bytes.
  public func encode(to encoder: inout BinaryEncoder) {
    encoder.encode(varint: last.sequence)
    encoder.encode(fixed64: last.hash)
    encoder.encode(fixed64: heir.high)
    encoder.encode(fixed64: heir.low)
    encoder.encode(varint: decided)
  }

  /// Reads a value from its bytes.
  public init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    last = Head(sequence: try decoder.decodeVarint(), hash: try decoder.decodeFixed64())
    heir = ReplicaID(high: try decoder.decodeFixed64(), low: try decoder.decodeFixed64())
    decided = try decoder.decodeSequence()
    guard last.sequence <= Dot.maximumSequence else {
      throw .invalidValue(offset: start, expected: "the number of a write")
    }
  }
}

extension Cut: CustomStringConvertible {
  /// As a person reads it.
  public var description: String {
    "ends at \(last.sequence), with \(heir.shortDescription) for its heir (by its write \(decided))"
  }
}

/// The table of the cuts, which every database has: by the identity that ends.
package let cutTable = Table<ReplicaID, GSet<Cut>>("merganser.cuts")

/// Who has ended, and who takes the place of whom: a function of the cuts.
@usableFromInline
package struct Succession: Equatable, Sendable {
  /// By ended identity: its cut.
  ///
  /// Of several, which only a liar or two operators can have decided, the one
  /// that ends it earliest.
  package private(set) var cuts: [ReplicaID: Cut] = [:]
  /// The heirs of all ended identities: who acts with what is theirs.
  package private(set) var holders: [ReplicaID: ReplicaID] = [:]
  /// Who is the holder of any.
  private var heirs: Set<ReplicaID> = []
  /// Whether rights are minted once; always, but in simulations.
  package var mintsOnce = true

  /// Nobody has ended.
  package init() {}

  /// The succession by the rows of the cuts' table.
  ///
  /// - Complexity: O(*n*).
  package init(_ rows: [(key: ReplicaID, value: GSet<Cut>)]) {
    for (identity, decided) in rows { cuts[identity] = Self.earliest(of: decided) }
    findHolders()
  }

  /// Takes in what is decided of one identity now; `nil` if nothing is.
  ///
  /// - Complexity: O(1), unless the identity was an heir or had ended; else O(*n*).
  package mutating func set(_ decided: GSet<Cut>?, for identity: ReplicaID) {
    let known = cuts[identity]
    let cut = decided.flatMap(Self.earliest)
    if cut == known { return }
    cuts[identity] = cut
    let holder = cut.map { holders[$0.heir] ?? $0.heir }
    if known == nil, let holder, holder != identity, !heirs.contains(identity) {
      holders[identity] = holder
      heirs.insert(holder)
    } else {
      findHolders()
    }
  }

  private static func earliest(of decided: GSet<Cut>) -> Cut? {
    decided.elements.min { one, other in
      let mine = one.last
      let theirs = other.last
      if mine.sequence != theirs.sequence { return mine.sequence < theirs.sequence }
      if mine.hash != theirs.hash { return mine.hash < theirs.hash }
      return (one.heir, one.decided) < (other.heir, other.decided)
    }
  }

  /// Follows the heirs of each identity to one that has not ended.
  ///
  /// A circle of heirs, which nobody honest makes, ends at the one before where it is entered.
  private mutating func findHolders() {
    holders.removeAll(keepingCapacity: true)
    for identity in cuts.keys where holders[identity] == nil {
      var path = [ReplicaID]()
      var places = [ReplicaID: Int]()
      var next = identity
      while holders[next] == nil, places[next] == nil, let cut = cuts[next] {
        places[next] = path.count
        path.append(next)
        next = cut.heir
      }
      var holder = holders[next] ?? next
      if let entry = places[next] {
        for place in entry..<path.count {
          holders[path[place]] = path[place == entry ? path.count - 1 : place - 1]
        }
        path.removeLast(path.count - entry)
        holder = holders[next] ?? next
      }
      for ended in path { holders[ended] = holder }
    }
    heirs = Set(holders.values)
  }

  /// Whether a version of an identity, given by its end, lies beyond the identity's cut or on another branch.
  package func excludes(_ end: Head, of identity: ReplicaID) -> Bool {
    guard !cuts.isEmpty, let cut = cuts[identity] else { return false }
    return end.sequence > cut.last.sequence || end.sequence == cut.last.sequence && end != cut.last
  }

  /// To whom what is an identity's counts now: to itself, or to the heir that has not ended.
  package func holder(for identity: ReplicaID) -> ReplicaID { holders[identity] ?? identity }

  /// Whether `replica` is an identity, or has come into its place, be it that its own place was taken since.
  ///
  /// - Complexity: O(*n*) in the number of those that came after the identity.
  package func isInLine(_ replica: ReplicaID, of identity: ReplicaID) -> Bool {
    rank(of: replica, inLineOf: identity) != nil
  }

  /// How many came into an identity's place before `replica`; `nil` if it never did.
  ///
  /// - Complexity: as ``isInLine(_:of:)``.
  package func rank(of replica: ReplicaID, inLineOf identity: ReplicaID) -> UInt64? {
    var next = identity
    var seen = Set<ReplicaID>()
    while next != replica {
      guard seen.insert(next).inserted, let heir = cuts[next]?.heir else { return nil }
      next = heir
    }
    return UInt64(seen.count)
  }

  /// Whether an incarnation is one that begins with the bounds' rights: whether its creator was the founder,
  /// or the founder's heir after it had become so.
  package func isMinted(_ incarnation: Dot, founder: ReplicaID) -> Bool {
    if incarnation.replica == founder || !mintsOnce { return true }
    if cuts.isEmpty { return false }
    var mint = founder
    var seen = Set([founder])
    while let cut = cuts[mint], seen.insert(cut.heir).inserted {
      if cut.heir == incarnation.replica { return incarnation.sequence > cut.decided }
      mint = cut.heir
    }
    return false
  }
}
