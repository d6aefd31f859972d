extension LocalPipe {
  /// What a pipe does to what is sent, for tests: a bad network from a seed.
  ///
  /// Each rate is a share of the pieces, from 0 to 1.
  public struct Faults: Sendable {
    /// How many bytes a piece has at most into which what is sent is cut; 0 for no cuts.
    public var longestPiece = 0
    /// How many pieces are lost.
    public var loss = 0.0
    /// How many come twice.
    public var repetition = 0.0
    /// How many come before the piece that was sent before them.
    public var reordering = 0.0
    /// How many arrive with a byte changed.
    public var damage = 0.0
    /// How often the pipe stalls for a moment.
    public var stalling = 0.0
    private var state: UInt64

    /// The faults that follow from a seed; none, until rates are set.
    public init(seed: UInt64) { state = seed }

    /// The same faults for one direction.
    func direction(_ number: UInt64) -> Self {
      var faults = self
      faults.state = state &+ (number &+ 1) &* 0xD1B5_4A32_D192_ED03
      return faults
    }

    /// A number below `bound` (SplitMix64; Steele et al., *Fast Splittable Pseudorandom Number Generators*, 2014).
    private mutating func number(below bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((word ^ (word >> 31)) % UInt64(max(bound, 1)))
    }

    private mutating func happens(_ rate: Double) -> Bool {
      rate > 0 && Double(number(below: 1 << 30)) < rate * Double(1 << 30)
    }

    /// Puts what becomes of bytes that are sent among those that are on their way.
    mutating func place(_ bytes: [UInt8], in way: inout ArraySlice<[UInt8]>) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let length = longestPiece > 0 ? 1 + number(below: longestPiece) : rest.count
        var piece = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        if happens(loss) { continue }
        if happens(damage) { piece[number(below: piece.count)] ^= UInt8(1 + number(below: 255)) }
        for _ in 0..<(happens(repetition) ? 2 : 1) {
          let isEarly = !way.isEmpty && happens(reordering)
          way.insert(piece, at: isEarly ? way.endIndex - 1 : way.endIndex)
        }
      }
    }

    mutating func stalls() -> Bool { happens(stalling) }
  }
}
