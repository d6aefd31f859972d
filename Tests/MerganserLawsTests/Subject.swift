import MerganserLaws
import MerganserTypes

/// How a ``Subject`` behaves: a set of small numbers that only grows, honest unless a liar says
/// otherwise.
protocol Behaviour: Sendable {
  static func merge(_ a: inout Subject<Self>, b: Subject<Self>) -> Bool
  static func isCovered(_ a: Subject<Self>, by b: Subject<Self>) -> Bool
  static func isBottom(_ a: Subject<Self>) -> Bool
  static func equal(_ a: Subject<Self>, b: Subject<Self>) -> Bool
  static func parts(_ a: Subject<Self>) -> [Subject<Self>]
  static func delta(_ a: Subject<Self>, since known: Subject<Self>) -> Subject<Self>
  static func isValid(_ numbers: [UInt8]) -> Bool
  static func encode(_ a: Subject<Self>, encoder: inout BinaryEncoder)
  static func update(
    _ a: inout Subject<Self>, random: inout Randomness
  ) throws -> Subject<Self>?
  static func canBeWritten(_ a: Subject<Self>) -> Bool
  static func repeated(_ delta: Subject<Self>, by author: Author) -> Subject<Self>
  /// What an earlier version wrote, and for which value.
  static var earlier: (bytes: String, value: Subject<Self>) { get }
}

struct Refusal: Error {}

/// A set of numbers, in the order in which they came.
struct Subject<Lie: Behaviour>: LatticeStore, BinaryCodable, CustomStringConvertible {
  var numbers: [UInt8] = []
  /// Something that does not belong to the value, for liars.
  var secret: UInt8 = 0

  init() {}
  init(_ numbers: [UInt8]) { self.numbers = numbers }

  var sorted: [UInt8] { numbers.sorted() }
  var description: String { "\(sorted)" }
  var isBottom: Bool { Lie.isBottom(self) }

  static func == (a: Self, b: Self) -> Bool { Lie.equal(a, b: b) }
  @discardableResult
  mutating func merge(_ other: Self) -> Bool { Lie.merge(&self, b: other) }
  func isCovered(by other: Self) -> Bool { Lie.isCovered(self, by: other) }
  func decomposed() -> [Self] { Lie.parts(self) }
  func delta(since known: Self) -> Self { Lie.delta(self, since: known) }
  func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool { Lie.canBeWritten(self) }
  mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    let delta = Lie.repeated(after.delta(since: before), by: author)
    merge(delta)
    return delta
  }
  func encode(to encoder: inout BinaryEncoder) { Lie.encode(self, encoder: &encoder) }
  init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    let start = decoder.offset
    numbers = try [UInt8](from: &decoder)
    guard Lie.isValid(numbers) else {
      throw .invalidValue(offset: start, expected: "other numbers")
    }
  }

  /// The honest merge.
  @discardableResult
  mutating func union(_ other: Self) -> Bool {
    let new = other.numbers.filter { !numbers.contains($0) }
    numbers += new
    return !new.isEmpty
  }
}

extension Behaviour {
  typealias Numbers = Subject<Self>

  static var earlier: (bytes: String, value: Numbers) { ("0100020306", Numbers([3, 6])) }
  static func merge(_ a: inout Numbers, b: Numbers) -> Bool { a.union(b) }
  static func isCovered(_ a: Numbers, by b: Numbers) -> Bool { b.merging(a) == b }
  static func isBottom(_ a: Numbers) -> Bool { a.numbers.isEmpty }
  static func equal(_ a: Numbers, b: Numbers) -> Bool { a.sorted == b.sorted }
  static func parts(_ a: Numbers) -> [Numbers] { a.sorted.map { Numbers([$0]) } }
  static func delta(_ a: Numbers, since known: Numbers) -> Numbers {
    Numbers(a.sorted.filter { !known.numbers.contains($0) })
  }
  static func canBeWritten(_ a: Numbers) -> Bool { true }
  static func repeated(_ delta: Numbers, by author: Author) -> Numbers { delta }
  static func encode(_ a: Numbers, encoder: inout BinaryEncoder) { a.sorted.encode(to: &encoder) }
  static func isValid(_ numbers: [UInt8]) -> Bool {
    zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
  }
  static func update(_ a: inout Numbers, random: inout Randomness) throws -> Numbers? {
    let number = random.pick(UInt8(1)...6)
    random.describe("insert \(number)")
    let delta = Numbers(a.numbers.contains(number) ? [] : [number])
    a.union(delta)
    return delta
  }
}
