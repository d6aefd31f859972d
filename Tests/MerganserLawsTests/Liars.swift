import MerganserLaws
import MerganserTypes

/// Breaks no law.
enum Honest: Behaviour {}

// What follows breaks one law each, the one that it is named for. Values of one number stand for the
// whole lattice where a smaller one tells the lie better.

/// Rock, paper, scissors: of two different numbers one wins, and no number wins for good.
enum NotAssociative: Behaviour {
  static var earlier: (bytes: String, value: Numbers) { ("01000101", Numbers([1])) }
  static func merge(_ a: inout Numbers, b: Numbers) -> Bool {
    guard let mine = a.numbers.first else {
      a = b
      return !b.numbers.isEmpty
    }
    guard let theirs = b.numbers.first, (theirs + 3 - mine) % 3 == 1 else { return false }
    a = b
    return true
  }
  static func isValid(_ numbers: [UInt8]) -> Bool {
    numbers.isEmpty || numbers.count == 1 && numbers[0] < 3
  }
  static func parts(_ a: Numbers) -> [Numbers] { a.numbers.isEmpty ? [] : [a] }
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers {
    known.merging(a) == known ? Numbers() : a
  }
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    let before = a
    let step = Numbers([random.pick(UInt8(0)...2)])
    a.merge(step)
    return a == before ? Numbers() : a
  }
}

/// The first come stays, on either side.
enum NotCommutative: Behaviour {
  static func merge(_ a: inout Numbers, b: Numbers) -> Bool {
    guard a.numbers.isEmpty, !b.numbers.isEmpty else { return false }
    a = b
    return true
  }
  static func parts(_ a: Numbers) -> [Numbers] { a.numbers.isEmpty ? [] : [a] }
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers {
    known.numbers.isEmpty ? a : Numbers()
  }
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    guard a.numbers.isEmpty else { return nil }
    a = Numbers([random.pick(UInt8(1)...6)])
    return a
  }
}

/// A sum that merge adds to, up to 2.
enum NotIdempotent: Behaviour {
  static var earlier: (bytes: String, value: Numbers) { ("01000101", Numbers([1])) }
  static func merge(_ a: inout Numbers, b: Numbers) -> Bool {
    let sum = min(2, (a.numbers.first ?? 0) + (b.numbers.first ?? 0))
    defer { a = Numbers(sum == 0 ? [] : [sum]) }
    return sum != a.numbers.first ?? 0
  }
  static func isValid(_ numbers: [UInt8]) -> Bool { [[], [1], [2]].contains(numbers) }
  static func parts(_ a: Numbers) -> [Numbers] { a.numbers.isEmpty ? [] : [a] }
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers {
    known.merging(a) == known ? Numbers() : a
  }
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    let delta = a.numbers == [2] ? Numbers() : Numbers([1])
    a.merge(delta)
    return delta
  }
}

enum UntruthfulGrowth: Behaviour {
  static func merge(_ a: inout Numbers, b: Numbers) -> Bool {
    a.union(b)
    return !b.numbers.isEmpty
  }
}

enum WrongOrder: Behaviour {
  static func isCovered(_ a: Numbers, by b: Numbers) -> Bool { a.numbers.count <= b.numbers.count }
}

enum UnrecognizedBottom: Behaviour {
  static func isBottom(_ a: Numbers) -> Bool { a.numbers.count <= 1 }
}

enum ShrinkingUpdate: Behaviour {
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    if a.numbers.count > 2 {
      a.numbers.removeLast()
    } else {
      a.union(Numbers([random.pick(1...6)]))
    }
    return nil
  }
}

enum ChangingRefusal: Behaviour {
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    a.union(Numbers([random.pick(1...6)]))
    if random.flip() { throw Refusal() }
    return nil
  }
}

enum IncompleteDelta: Behaviour {
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    let numbers = [random.pick(UInt8(1)...3), random.pick(UInt8(4)...6)]
    let delta = Numbers(numbers.filter { !a.numbers.contains($0) })
    a.union(delta)
    return Numbers(Array(delta.numbers.prefix(1)))
  }
}

enum BloatedDelta: Behaviour {
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers { a }
}

enum BloatedUpdateDelta: Behaviour {
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    a.union(Numbers([random.pick(1...6)]))
    return a
  }
}

enum LosingDecomposition: Behaviour {
  static func parts(_ a: Numbers) -> [Numbers] {
    (a.numbers.count > 2 ? a.sorted.dropLast() : a.sorted[...]).map { Numbers([$0]) }
  }
}

enum ReducibleParts: Behaviour {
  static func parts(_ a: Numbers) -> [Numbers] {
    a.sorted.map { Numbers([$0]) }
      + (a.numbers.count > 1 ? [Numbers(Array(a.sorted.prefix(2)))] : [])
  }
}

/// Bottom has a part: itself.
enum PartOfBottom: Behaviour {
  static func parts(_ a: Numbers) -> [Numbers] {
    a.numbers.isEmpty ? [a] : a.sorted.map { Numbers([$0]) }
  }
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers {
    // Without this, a delta that is bottom would hold a known part.
    let lacking = a.sorted.filter { !known.numbers.contains($0) }
    return Numbers(lacking)
  }
}

/// Refuses its own writer.
enum DisownedDelta: Behaviour {
  static func canBeWritten(_ a: Numbers) -> Bool { false }
}

/// Writes who wrote, and takes it of anybody.
enum BorrowedName: Behaviour {
  static func repeated(_ delta: Numbers, by author: Author) -> Numbers {
    delta.merging(Numbers([author.replica.low == 1 ? 10 : 11]))
  }
}

enum ForgetfulCoding: Behaviour {
  static func isValid(_ numbers: [UInt8]) -> Bool { numbers.count <= 3 }
  static func encode(_ a: Numbers, encoder: inout BinaryEncoder) {
    Array(a.sorted.prefix(3)).encode(to: &encoder)
  }
}

/// Numbers are written in the order in which they came.
enum HashOrderCoding: Behaviour {
  static func isValid(_ numbers: [UInt8]) -> Bool { Set(numbers).count == numbers.count }
  static func encode(_ a: Numbers, encoder: inout BinaryEncoder) {
    a.numbers.encode(to: &encoder)
  }
}

/// Numbers that no update makes are decoded, but cannot be encoded.
enum CredulousDecoding: Behaviour {
  static func encode(_ a: Numbers, encoder: inout BinaryEncoder) {
    a.sorted.map { min($0, 100) }.encode(to: &encoder)
  }
}

/// Numbers are written from the greatest down; those that an earlier version wrote are refused.
enum ForgottenFormat: Behaviour {
  static func isValid(_ numbers: [UInt8]) -> Bool {
    zip(numbers, numbers.dropFirst()).allSatisfy { $0 > $1 }
  }
  static func encode(_ a: Numbers, encoder: inout BinaryEncoder) {
    Array(a.sorted.reversed()).encode(to: &encoder)
  }
}

/// Values that show different things are equal.
enum BlindEquality: Behaviour {
  static func equal(_ a: Numbers, b: Numbers) -> Bool { a.sorted == b.sorted }
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    a.secret = random.pick(1...100)
    return nil
  }
}

/// A bottom that is not below the deltas.
struct HighBottom: BoundedJoinSemilattice {
  var numbers: Set<UInt8> = [0]

  init() {}

  @discardableResult
  mutating func merge(_ other: HighBottom) -> Bool {
    let before = numbers.count
    numbers.formUnion(other.numbers)
    return numbers.count > before
  }

  mutating func insert(_ number: UInt8) -> HighBottom {
    numbers.insert(number)
    var delta = HighBottom()
    delta.numbers = [number]
    return delta
  }
}
