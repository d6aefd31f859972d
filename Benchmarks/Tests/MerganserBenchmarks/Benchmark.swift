import CAllocation
import Foundation
import MerganserTypes
import XCTest

/// Who does the work.
enum Side: String {
  case ours
  case baseline
}

/// The measuring that all benchmarks share.
///
/// What is worked on is made before the clock starts. XCTest prints microseconds, so that work which
/// takes less is repeated on several copies; a line in front says what is measured, and how often.
class Benchmark: XCTestCase {
  static let a = ReplicaID(high: 0, low: 1)
  static let b = ReplicaID(high: 0, low: 2)

  /// Whether this process leaves the allocator as the system sets it, to show what that costs.
  static let isAllocatorDefault =
    ProcessInfo.processInfo.environment["MERGANSER_DEFAULT_ALLOCATOR"] != nil

  override class func setUp() {
    if !isAllocatorDefault { merganser_keep_freed_memory() }
  }

  /// The line that says what the values behind it are of.
  private func announce(
    _ work: String, side: Side, size: Int, repeats: Int = 1, unit: String = "s"
  ) {
    let work = Self.isAllocatorDefault ? "\(work), allocator as the system sets it" : work
    print("@work=\(work) side=\(side.rawValue) size=\(size) repeats=\(repeats) unit=\(unit)")
  }

  /// Measures with XCTest: the mean, deviation and values of ten rounds.
  func measure<State>(
    _ work: String, side: Side, size: Int, repeats: Int, prepare: (Int) -> State,
    body: (inout State) -> Void
  ) {
    announce(work, side, size: size, repeats: repeats)
    // One round is not measured, so that the allocator has the memory that the work needs.
    for round in 0..<2 {
      var state = prepare(round)
      body(&state)
    }
    measureMetrics([.wallClockTime], automaticallyStartMeasuring: false) {
      var states = (0..<repeats).map { prepare($0) }
      startMeasuring()
      for index in states.indices { body(&states[index]) }
      stopMeasuring()
    }
  }

  /// Measures work that takes too long for ten rounds, or too short for XCTest's microseconds: the
  /// values of some rounds, in XCTest's form.
  func measureByClock<State>(
    _ work: String, side: Side, size: Int, rounds: Int = 3, prepare: () -> State,
    body: (inout State) -> Void
  ) {
    announce(work, side, size: size)
    let values = (0..<rounds).map { _ in
      var state = prepare()
      let duration = ContinuousClock().measure { body(&state) }
      return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
    report(values)
  }

  /// Reports a number that is not a time.
  func report(_ work: String, side: Side, size: Int, unit: String, value: Double) {
    announce(work, side, size: size, unit: unit)
    report([value])
  }

  private func report(_ values: [Double]) {
    print("measured values: [\(values.map { "\($0)" }.joined(separator: ", "))]")
  }

  /// The bytes that the allocator has given out.
  static var allocated: Int { Int(merganser_allocated_bytes()) }
}

/// A generator whose every sequence follows from its seed: SplitMix64.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@inline(never)
func consume<Value>(_ value: Value) {}

/// Where results are put so that the work which makes them is not left out.
nonisolated(unsafe) var sink = 0
