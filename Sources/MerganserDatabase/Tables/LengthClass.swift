/// Which intervals are about as long as each other: those of class *c* are at most 2^*c* long and longer
/// than half of that; those of the last one are longer than all others.
struct LengthClass: Hashable {
  let rawValue: UInt8

  /// The class of the longest intervals.
  static let longest = LengthClass(rawValue: 63)

  init(rawValue: UInt8) { self.rawValue = min(rawValue, 63) }

  /// The class of the interval from `lower` to before `upper`.
  init(of lower: Int64, to upper: Int64) {
    // The difference of two of 64 bits with signs fits 64 bits without.
    let length = UInt64(bitPattern: upper &- lower)
    self.init(rawValue: UInt8(64 - (max(length, 1) - 1).leadingZeroBitCount))
  }

  /// The earliest beginning of an interval of the class that reaches beyond `place`.
  func earliest(reaching place: Int64) -> Int64 {
    if rawValue >= 62 { return .min }
    let (start, isOver) = place.subtractingReportingOverflow(1 << Int64(rawValue))
    return isOver ? .min : start
  }

  /// Whether an interval of the class that begins at `lower` can reach beyond `place`, where `lower` is no
  /// later than that.
  func reaches(from lower: Int64, beyond place: Int64) -> Bool {
    self == .longest || UInt64(bitPattern: place &- lower) < 1 << UInt64(rawValue)
  }
}

extension LengthClass {
  /// Some of the classes.
  struct Set: Hashable, Sendable, Sequence {
    private var bits: UInt64 = 0

    /// All of them.
    static let all = Self(bits: .max)

    /// None of them.
    init() {}

    /// One of them.
    init(_ length: LengthClass) { insert(length) }

    private init(bits: UInt64) { self.bits = bits }

    mutating func insert(_ length: LengthClass) { bits |= 1 << UInt64(length.rawValue) }

    mutating func formUnion(_ other: Self) { bits |= other.bits }

    /// The classes in the order of their lengths.
    func makeIterator() -> some IteratorProtocol<LengthClass> {
      sequence(state: bits) { bits -> LengthClass? in
        if bits == 0 { return nil }
        defer { bits &= bits - 1 }
        return LengthClass(rawValue: UInt8(bits.trailingZeroBitCount))
      }
    }
  }
}
