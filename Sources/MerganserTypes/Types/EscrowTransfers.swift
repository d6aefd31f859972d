/// Who gave how much to whom, since ever: a matrix that only grows.
struct EscrowTransfers: Decomposable, Codable {
  /// By giver, then by receiver; no entry is empty or 0, and none is from a replica to itself.
  var gifts: ReplicaMap<ReplicaMap<UInt64>>

  init() { gifts = ReplicaMap() }

  var isBottom: Bool { gifts.isEmpty }

  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    gifts.isOnly(of: replica)
  }

  subscript(giver: ReplicaID, receiver: ReplicaID) -> UInt64 {
    get { gifts[giver]?[receiver] ?? 0 }
    set {
      var row = gifts[giver] ?? ReplicaMap()
      row[receiver] = newValue == 0 ? nil : newValue
      gifts[giver] = row.isEmpty ? nil : row
    }
  }

  /// What `replica` was given, less what it gave, with `delta` joined in.
  ///
  /// - Complexity: O(*n* log *n*).
  func balance(of replica: ReplicaID, with delta: EscrowTransfers) -> Int128 {
    delta.isBottom ? balance(of: replica) : merging(delta).balance(of: replica)
  }

  private func balance(of replica: ReplicaID) -> Int128 {
    var balance = Int128(0)
    for (giver, row) in gifts {
      if giver == replica {
        for amount in row.values { balance -= Int128(amount) }
      } else if let amount = row[replica] {
        balance += Int128(amount)
      }
    }
    return balance
  }

  @discardableResult
  mutating func merge(_ other: EscrowTransfers) -> Bool {
    gifts.merge(other.gifts) { $0.merge($1) { $0.mergeMaximum($1) } }
  }

  func decomposed() -> [EscrowTransfers] {
    gifts.flatMap { giver, row in
      row.map { receiver, amount in
        var part = EscrowTransfers()
        part[giver, receiver] = amount
        return part
      }
    }
  }

  /// How much each receiver was given since `before`, by all or by one giver.
  func given(
    since before: EscrowTransfers, by only: ReplicaID? = nil
  ) -> [(receiver: ReplicaID, amount: UInt64)] {
    var sums = ReplicaMap<UInt64>()
    for (giver, row) in gifts where only == nil || giver == only {
      for (receiver, amount) in row where amount > before[giver, receiver] {
        sums[receiver] = (sums[receiver] ?? 0).united(with: amount.since(before[giver, receiver]))
      }
    }
    return sums.map { (receiver: $0, amount: $1) }
  }

  /// Adds what was given in two incarnations.
  mutating func unite(with other: EscrowTransfers) {
    gifts.merge(other.gifts) {
      $0.merge($1) {
        $0 = $0.united(with: $1)
        return true
      }
      return true
    }
  }
}

extension EscrowTransfers: BinaryCodable {
  func encode(to encoder: inout BinaryEncoder) {
    gifts.encode(to: &encoder) { row, encoder in
      row.encode(to: &encoder) { $1.encode(varint: $0) }
    }
  }

  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    gifts = try ReplicaMap(from: &decoder) { decoder throws(BinaryDecodingError) in
      try ReplicaMap(from: &decoder) { decoder throws(BinaryDecodingError) in
        try decoder.decodeVarint()
      }
    }
    guard isWellFormed else {
      throw .invalidValue(offset: start, expected: "transfers above 0 between different replicas")
    }
  }

  var isWellFormed: Bool {
    gifts.allSatisfy { giver, row in
      !row.isEmpty && row.allSatisfy { receiver, amount in receiver != giver && amount > 0 }
    }
  }
}

extension EscrowTransfers {
  private enum CodingKeys: String, CodingKey { case gifts }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    gifts = try container.decode(ReplicaMap<ReplicaMap<UInt64>>.self, forKey: .gifts)
    guard isWellFormed else {
      throw DecodingError.dataCorruptedError(
        forKey: .gifts, in: container,
        debugDescription: "expected transfers above 0 between different replicas")
    }
  }
}
