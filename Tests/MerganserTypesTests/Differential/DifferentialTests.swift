import Foundation
import MerganserTypes
import TestSupport
import XCTest

/// Random histories of several replicas, played on the merge core and on a naive set side by side.
///
/// `MERGANSER_FUZZ_STEPS` says how many steps to play and `MERGANSER_FUZZ_SEED` from which seed; a
/// failure prints the seed of its history and the history shrunk.
final class DifferentialTests: XCTestCase {
  static let length = 120

  private func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }

  func testTheMergeCoreDoesWhatTheDefinitionSays() {
    #if DEBUG
      let usual: UInt64 = 3_000
    #else
      let usual: UInt64 = 1_000_000
    #endif
    let histories = Int(setting("MERGANSER_FUZZ_STEPS") ?? usual) / Self.length + 1
    let first = setting("MERGANSER_FUZZ_SEED") ?? 1
    for number in 0..<histories {
      let seed = first &+ UInt64(number)
      let history = history(seed)
      guard let difference = Replay.difference(history) else { continue }
      let shrunk = history.shrunk { Replay.difference($0) != nil }
      XCTFail(
        """
        seed \(seed): \(difference)
        shrunk to \(shrunk.steps.count) steps on \(shrunk.scale): \
        \(Replay.difference(shrunk) ?? "")
        \(shrunk.steps.map { "  \($0)" }.joined(separator: "\n"))
        """)
      return
    }
  }

  /// The comparison is worth something only if it finds a fault.
  func testAPlantedFaultIsFoundAndShrunk() {
    for seed in UInt64(1)...200 {
      let history = history(seed)
      guard Replay.difference(history, plantedFault: 3) != nil else { continue }
      let shrunk = history.shrunk { Replay.difference($0, plantedFault: 3) != nil }
      XCTAssertLessThanOrEqual(shrunk.steps.count, 4, "\(shrunk.steps)")
      return
    }
    XCTFail("a removal that one side forgets was not noticed")
  }

  private func history(_ seed: UInt64) -> History {
    var generator = SplitMix(seed: seed)
    let scale = Scale.all[Int(seed % UInt64(Scale.all.count))]
    return History(scale: scale, length: Self.length, using: &generator)
  }
}
