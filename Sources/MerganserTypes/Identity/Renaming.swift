/// Other numbers for the dots and times of some states, in the same order and with no gaps.
///
/// States of which nothing but the numbers of past writes differ behave alike: what a merge asks of two
/// dots or two times is which comes first. A search over states gives both the same numbers, and can
/// come to an end. Bytes written under a renaming serve to compare states and to make the renamed one;
/// they are not for keeping.
///
/// Numbers are held as bits of a word: there is room for numbers below 64 behind those that keep their names.
@usableFromInline
package struct Renaming: Hashable, Sendable {
  /// The replicas whose dots have places here.
  package let replicas: [ReplicaID]
  /// By replica: up to which number dots keep their names, as those of a large state in which all begins.
  package let kept: [UInt64]
  /// By replica: the sequence numbers in use beyond those that keep their names, each a bit.
  package var dots: [UInt64]
  /// The times in use, each a bit.
  package var times: UInt64 = 0
  /// Whether what is met is noted, and keeps its number.
  package var isRecording: Bool
  /// Whether something was met for which there is no room.
  package private(set) var isOverfull = false

  /// A renaming that notes what it meets.
  package init(recordingDotsOf replicas: [ReplicaID], keeping kept: [UInt64]) {
    self.replicas = replicas
    self.kept = kept
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
    guard let place = replicas.firstIndex(of: dot.replica) else {
      isOverfull = true
      return dot.sequence
    }
    guard dot.sequence > kept[place] else { return dot.sequence }
    let number = dot.sequence - kept[place]
    guard number < 64 else {
      isOverfull = true
      return dot.sequence
    }
    if isRecording {
      dots[place] |= 1 << number
      return dot.sequence
    }
    return kept[place] + Self.rank(of: number, in: dots[place])
  }

  /// What has been seen of a replica up to a number, under the names given here.
  package func renamed(_ sequence: UInt64, ofReplicaAt place: Int) -> UInt64 {
    guard sequence > kept[place] else { return sequence }
    return kept[place] + Self.rank(of: sequence - kept[place], in: dots[place])
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
