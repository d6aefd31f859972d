/// Other numbers for the dots and times of some states, in the same order and with no gaps.
///
/// States of which nothing but the numbers of past writes differ behave alike: what a merge asks of two
/// dots or two times is which comes first. A search over states gives both the same numbers, and can
/// come to an end. Bytes written under a renaming serve to compare states and to make the renamed one;
/// they are not for keeping.
///
/// Numbers are held as bits of a word: there is room for numbers below 64.
@usableFromInline
package struct Renaming: Hashable, Sendable {
  /// The replicas whose dots have places here.
  package let replicas: [ReplicaID]
  /// By replica: the sequence numbers in use, each a bit.
  package var dots: [UInt64]
  /// The times in use, each a bit.
  package var times: UInt64 = 0
  /// Whether what is met is noted, and keeps its number.
  package var isRecording: Bool
  /// Whether something was met for which there is no room.
  package private(set) var isOverfull = false

  /// A renaming that notes what it meets.
  package init(recordingDotsOf replicas: [ReplicaID]) {
    self.replicas = replicas
    dots = Array(repeating: 0, count: replicas.count)
    isRecording = true
  }

  /// The number that a sequence number gets: its place among those in use, from 1; where it is not in
  /// use, the number of those below it.
  package static func rank(of number: UInt64, in used: UInt64) -> UInt64 {
    guard number < 63 else { return UInt64(used.nonzeroBitCount) }
    return UInt64((used & ((1 << (number + 1)) - 1)).nonzeroBitCount)
  }

  mutating func name(_ dot: Dot) -> UInt64 {
    guard let place = replicas.firstIndex(of: dot.replica), dot.sequence < 64 else {
      isOverfull = true
      return dot.sequence
    }
    if isRecording {
      dots[place] |= 1 << dot.sequence
      return dot.sequence
    }
    return Self.rank(of: dot.sequence, in: dots[place])
  }

  /// Times get even numbers, so that a new one fits between any two.
  mutating func name(_ time: HybridTime) -> UInt64 {
    guard time.bits < 64 else {
      isOverfull = true
      return time.bits
    }
    if isRecording {
      times |= 1 << time.bits
      return time.bits
    }
    return 2 * Self.rank(of: time.bits, in: times)
  }
}
