import Foundation
import MerganserTypes

/// What is asked of a type's values, whoever made their bytes.
///
/// Two values are merged if they can be states of one history. A dot names one write there; bytes may name two
/// writes by one dot, and then each side keeps its own. In a replica no version can bring such a thing, as whoever
/// makes a dot's write up anew is behind the write itself, wherever the version comes.
struct FuzzedType: Sendable {
  let checkMerge: @Sendable ([UInt8], [UInt8]) throws(Divergence) -> Void
  let checkJSON: @Sendable ([UInt8]) throws(Divergence) -> Void
  let samples: @Sendable () throws -> [(binary: [UInt8], json: [UInt8])]

  /// A type, with values of it.
  init<Value: CausalValue & Sendable>(
    binary _: Value.Type, samples: @escaping @Sendable () throws -> [Value]
  ) {
    checkMerge = Self.merges(Value.self, if: { Self.areOfOneHistory($0.causal, other: $1.causal) })
    checkJSON = { _ in }
    self.samples = { try samples().map { (binary: $0.binaryEncoded(), json: []) } }
  }

  /// A type that has a form in JSON, with values of it.
  init<Value: Decomposable & BinaryCodable & Codable & Equatable & Sendable>(
    _: Value.Type, samples: @escaping @Sendable () throws -> [Value]
  ) {
    self.init(Value.self, merging: Self.merges(Value.self) { _, _ in true }, samples: samples)
  }

  /// A type whose values live by dots, and that has a form in JSON, with values of it.
  init<Value: CausalValue & Codable & Sendable>(
    _: Value.Type, samples: @escaping @Sendable () throws -> [Value]
  ) {
    self.init(
      Value.self,
      merging: Self.merges(Value.self, if: { Self.areOfOneHistory($0.causal, other: $1.causal) }),
      samples: samples)
  }

  /// A set, with values of it.
  init<Element: Codable & Hashable & BinaryCodable>(
    _: ORSet<Element>.Type, samples: @escaping @Sendable () throws -> [ORSet<Element>]
  ) {
    self.init(
      ORSet<Element>.self,
      merging: Self.merges(
        ORSet<Element>.self, if: { Self.areOfOneHistory($0.causal, other: $1.causal) }),
      samples: samples)
  }

  private init<Value: Decomposable & BinaryCodable & Codable & Equatable & Sendable>(
    _: Value.Type,
    merging: @escaping @Sendable ([UInt8], [UInt8]) throws(Divergence) -> Void,
    samples: @escaping @Sendable () throws -> [Value]
  ) {
    checkMerge = merging
    checkJSON = { bytes throws(Divergence) in
      guard let value = try? JSONDecoder().decode(Value.self, from: Data(bytes)) else { return }
      tell("json: a value that is read")
      guard let again = try? JSONEncoder().encode(value),
        let read = try? JSONDecoder().decode(Value.self, from: again)
      else { throw Divergence("\(Value.self): its own JSON is not read") }
      try expect(read == value, what: "\(Value.self): its own JSON is another value")
      try check(value)
    }
    self.samples = {
      try samples().map {
        // The same bytes whenever it is written.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (binary: $0.binaryEncoded(), json: Array(try encoder.encode($0)))
      }
    }
  }
}

extension FuzzedType {
  /// Merges two values that bytes give, either way.
  private static func merges<Value: Decomposable & BinaryCodable & Equatable>(
    _: Value.Type, if areMergeable: @escaping @Sendable (Value, Value) -> Bool
  ) -> @Sendable ([UInt8], [UInt8]) throws(Divergence) -> Void {
    { one, other throws(Divergence) in
      guard let one = try? Value(binaryEncoded: one) else { return }
      try check(one)
      guard let other = try? Value(binaryEncoded: other), areMergeable(one, other) else { return }
      tell("values: two that are merged")
      try check(one, other: other)
    }
  }

  /// Whether what lives by the dots that both have is the same in both.
  ///
  /// Values under a dot that change after they were written merge, and may differ.
  private static func areOfOneHistory<Store: DotStore>(
    _ one: Causal<Store>, other: Causal<Store>
  ) -> Bool {
    guard Store.changesByDotsAlone else { return true }
    let (one, other) = (one.store, other.store)
    let (mine, theirs) = (one.dots, other.dots)
    return one.excluding(mine.subtracting(theirs)) == other.excluding(theirs.subtracting(mine))
  }
}

private func check<Value: Decomposable & BinaryCodable & Equatable>(
  _ value: Value
) throws(Divergence) {
  let bytes = value.binaryEncoded()
  guard let read = try? Value(binaryEncoded: bytes) else {
    throw Divergence("\(Value.self): its own bytes are not read")
  }
  try expect(read == value, what: "\(Value.self): its own bytes are another value")
  try expect(read.binaryEncoded() == bytes, what: "\(Value.self): a value has two byte strings")
  var twice = value
  try expect(!twice.merge(value), what: "\(Value.self): merging a value with itself changes it")
}

private func check<Value: Decomposable & BinaryCodable & Equatable>(
  _ one: Value, other: Value
) throws(Divergence) {
  let both = one.merging(other)
  try expect(
    both.binaryEncoded() == other.merging(one).binaryEncoded(),
    what: "\(Value.self): two orders of merging differ")
  try check(both)
  var again = both
  try expect(
    !again.merge(one) && !again.merge(other), what: "\(Value.self): merging again changes it")
  try expect(
    other.merging(one.delta(since: other)) == both,
    what: "\(Value.self): a delta is not the difference")
}

/// Two values of one type, merged either way.
package enum FuzzedValues: FuzzedPart {
  package static let name = "values"

  package static func seeds() throws -> [[UInt8]] {
    var seeds: [[UInt8]] = []
    for (number, type) in fuzzedTypes.enumerated() {
      let samples = try type.samples()
      for pair in zip(samples, samples.dropFirst() + samples.prefix(1)) {
        var writer = ByteWriter()
        writer.put(number)
        writer.put(pair.0.binary)
        seeds.append(writer.bytes + pair.1.binary)
      }
    }
    return seeds
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    var reader = ByteReader(bytes)
    let type = fuzzedTypes[reader.number(below: fuzzedTypes.count)]
    let one = reader.bytes()
    try type.checkMerge(one, reader.remainder())
  }
}

/// A value in JSON.
package enum FuzzedJSON: FuzzedPart {
  package static let name = "json"

  package static func seeds() throws -> [[UInt8]] {
    try fuzzedTypes.enumerated().flatMap { number, type in
      try type.samples().map { [UInt8(number)] + $0.json }
    }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    var reader = ByteReader(bytes)
    let type = fuzzedTypes[reader.number(below: fuzzedTypes.count)]
    try type.checkJSON(reader.remainder())
  }
}

/// Two values that two replicas changed, each apart.
private func two<Value>(
  _ start: Value, change: (inout Value, ReplicaID, Int) throws -> Void
) throws -> [Value] {
  var (one, other) = (start, start)
  let (a, b) = (replicas[0], replicas[1])
  for number in 1...5 { try change(&one, a, number) }
  for number in 3...9 { try change(&other, b, number) }
  return [one, other]
}

/// Values of every type that comes with the package.
private let fuzzedTypes: [FuzzedType] = {
  let (a, b) = (replicas[0], replicas[1])
  return [
    FuzzedType(GCounter.self) { try two(GCounter()) { try $0.increment(by: Int64($2), as: $1) } },
    FuzzedType(PNCounter.self) {
      try two(PNCounter()) { counter, replica, number in
        try counter.increment(by: Int64(number), as: replica)
        try counter.decrement(by: Int64(number / 2), as: replica)
      }
    },
    FuzzedType(ResettableCounter.self) {
      try two(ResettableCounter()) {
        if $2 == 4 { $0.reset(as: $1) } else { try $0.increment(by: Int64($2), as: $1) }
      }
    },
    FuzzedType(EscrowCounter.self) {
      let terms = try EscrowTerms(lower: 0, upper: nil, founder: a)
      return try two(EscrowCounter()) {
        try $0.increment(by: Int64($2), as: $1, under: terms)
        try $0.transfer(1, of: .decrement, as: $1, to: $1 == a ? b : a, under: terms)
      }
    },
    FuzzedType(LWWRegister<String>.self) {
      try two(LWWRegister()) {
        try $0.set("\($2)", as: $1, at: HybridTime(milliseconds: UInt64($2)))
      }
    },
    FuzzedType(MVRegister<Int>.self) { try two(MVRegister()) { $0.set($2, as: $1) } },
    FuzzedType(EnableWinsFlag.self) {
      try two(EnableWinsFlag()) { if $2 % 2 == 0 { $0.disable(as: $1) } else { $0.enable(as: $1) } }
    },
    FuzzedType(DisableWinsFlag.self) {
      try two(DisableWinsFlag()) {
        if $2 % 2 == 0 { $0.disable(as: $1) } else { $0.enable(as: $1) }
      }
    },
    FuzzedType(Max<Int>.self) { [Max(3), Max(5)] },
    FuzzedType(Min<Int>.self) { [Min(3), Min(5)] },
    FuzzedType(GSet<String>.self) { [GSet(["a", "b"]), GSet(["b", "c"])] },
    FuzzedType(ORSet<String>.self) {
      try two(ORSet()) {
        if $2 % 3 == 0 { $0.remove("\($2 - 1)", as: $1) } else { $0.insert("\($2)", as: $1) }
      }
    },
    FuzzedType(ORSet<UInt64>.self) {
      try two(ORSet()) { set, replica, number in
        for element in 1...20 { set.insert(UInt64(element * number), as: replica) }
        set.remove(UInt64(number), as: replica)
      }
    },
    FuzzedType(RWSet<String>.self) {
      try two(RWSet()) {
        if $2 % 3 == 0 { $0.remove("\($2 - 1)", as: $1) } else { $0.insert("\($2)", as: $1) }
      }
    },
    FuzzedType(LWWSet<String>.self) {
      try two(LWWSet()) {
        let time = HybridTime(milliseconds: UInt64($2))
        if $2 % 3 == 0 {
          try $0.remove("\($2 - 1)", as: $1, at: time)
        } else {
          try $0.insert("\($2)", as: $1, at: time)
        }
      }
    },
    FuzzedType(TwoPhaseSet<String>.self) {
      try two(TwoPhaseSet()) { set, _, number in
        if number % 3 == 0 { set.remove("\(number - 1)") } else { set.insert("\(number)") }
      }
    },
    FuzzedType(Pair<GCounter, Max<Int>>.self) {
      try two(Pair(GCounter(), and: Max(0))) { try $0.first.increment(by: Int64($2), as: $1) }
    },
    FuzzedType(Lexicographic<Max<Int>, GCounter>.self) {
      try two(Lexicographic(Max(0), then: GCounter())) {
        try $0.second.increment(by: Int64($2), as: $1)
      }
    },
    FuzzedType(GMap<String, PNCounter>.self) {
      try two(GMap()) { map, replica, number in
        try map.update("\(number % 3)") { try $0.increment(by: Int64(number), as: replica) }
      }
    },
    FuzzedType(binary: ORMap<String, ORSet<UInt64>>.self) {
      try two(ORMap()) { map, replica, number in
        if number % 4 == 0 {
          map.remove("\(number - 1)", as: replica)
        } else {
          map.update("\(number % 5)", as: replica) { $0.insert(UInt64(number), as: &$1) }
        }
      }
    },
    FuzzedType(ORMap<UInt64, MVRegister<String>>.self) {
      try two(ORMap()) { map, replica, number in
        map.update(UInt64(number % 3), as: replica) { $0.set("\(number)", as: &$1) }
      }
    },
    FuzzedType(FWWRegister<String>.self) {
      try two(FWWRegister()) { $0.set("\($2)", as: $1, at: HybridTime(milliseconds: UInt64($2))) }
    },
    FuzzedType(binary: Incarnated<GCounter>.self) {
      try two(Incarnated()) { counter, replica, number in
        if number % 4 == 0 {
          counter.remove(as: replica)
        } else {
          try counter.write(as: replica) { try $0.increment(by: Int64(number), as: $1.replica) }
        }
      }
    },
  ]
}()
