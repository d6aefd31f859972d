import MerganserTypes

/// A type of which it is known what a merge can show, given what is shown on both sides.
///
/// What a store holds beyond what it shows, as dots and times, decides which of the possible outcomes a merge has. A
/// search over what is shown takes them all, and some that no history has.
protocol ShownType: Replicated {
  /// The store that shows the same, as if all of it were of one author's making.
  ///
  /// - Throws: what a mutator throws.
  static func plain(_ store: Store, as author: inout Author) throws -> Store

  /// What the merge of two stores can show.
  ///
  /// - Parameters:
  ///   - one: a store.
  ///   - other: another one, which may show the same.
  ///   - among: what merges are met by.
  /// - Returns: the outcomes.
  /// - Throws: ``TooManyOutcomes``.
  static func joins(
    _ one: Store, with other: Store, among: ShownHabits<Store>
  ) throws -> [Store]

  /// What a transaction has taken away of what was shown.
  static func lost(from before: Store, to after: Store) -> Set<[UInt8]>

  /// What of a store was written with a number from `first` on; `nil` of a type of which that is not known.
  ///
  /// What no transaction writes was there at the start, which each replica has seen: what one side of a merge does not show is
  /// gone.
  static func gained(in store: Store, from first: UInt64) -> Set<[UInt8]>?

  /// What a row can show of which some creations are gone, each with what was written to it: parts of what it showed,
  /// or what it showed at another time.
  ///
  /// - Parameters:
  ///   - store: what all creations show together.
  ///   - seen: what the row was seen to show.
  /// - Returns: what it can show.
  /// - Throws: ``TooManyOutcomes``.
  static func parts(of store: Store, seen: [Store]) throws -> [Store]

  /// Whether what a merge can show hangs on all that a row was seen to show, where several replicas may have created it.
  static var hangsOnSeen: Bool { get }

  /// Whether a store keeps what was written several times apart as often as it was, though it shows the same.
  static var keepsRepeats: Bool { get }

  /// Which of two writes stands; `nil` of a type that is no register.
  static var standing: ShownStanding? { get }

  /// Whether what stands in a register was written at a time by a replica.
  static func isWritten(_ store: Store, at time: HybridTime, by replica: ReplicaID) -> Bool
}

/// Which of two writes to a register stands.
enum ShownStanding {
  case first
  case last
}

extension ShownType {
  /// Nothing, where what was written is never taken away.
  static func lost(from before: Store, to after: Store) -> Set<[UInt8]> { [] }

  static func gained(in store: Store, from first: UInt64) -> Set<[UInt8]>? { nil }

  /// Does not hold of what joins, and of counts that each replica adds to alone.
  static var hangsOnSeen: Bool { false }

  /// Does not hold where the same, written twice, is one.
  static var keepsRepeats: Bool { false }

  static var standing: ShownStanding? { nil }

  static func isWritten(_ store: Store, at time: HybridTime, by replica: ReplicaID) -> Bool {
    false
  }
}

/// What is known of the rows that a merge is of.
struct ShownHabits<Store> {
  /// What transactions take away again, see ``ShownType/lost(from:to:)``.
  let lost: Set<[UInt8]>
  /// What transactions write; `nil` if that is not known.
  var gained: Set<[UInt8]>?
  /// Whether several replicas may have created the row, each in a way of its own.
  let mayHaveSeveralCreations: Bool
  /// What the row was seen to show.
  let seen: () -> [Store]
}

/// Thrown where a merge can show more than is looked through.
struct TooManyOutcomes: Error {}

extension Set where Element: BinaryCodable {
  /// The elements in an order that hangs on nothing but them.
  var inOrderOfBytes: [Element] {
    map { (bytes: $0.binaryEncoded(), element: $0) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.element)
  }

  /// All parts of a set.
  static func choices(of some: Set) throws -> [Set] {
    guard some.count <= 6 else { throw TooManyOutcomes() }
    return some.inOrderOfBytes.reduce(into: [Set()]) { choices, element in
      choices += choices.map { $0.union([element]) }
    }
  }
}

extension Array {
  /// The outcomes, if they are not too many.
  func checked() throws -> Self {
    if count > 256 { throw TooManyOutcomes() }
    return self
  }
}

extension ReplicaID {
  /// Who has written what stands in a plain state.
  static let plain = ReplicaID(high: 0x7000_0000_0000_0001, low: 0)
}
