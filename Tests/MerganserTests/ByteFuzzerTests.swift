import Foundation
import TestSupport
import Testing

@testable import ByteFuzzing

/// What the fuzzer does at length, in small: each seed, and seeds with damage, are given to each part.
@Suite struct ByteFuzzerTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "ByteFuzzing/Seeds")

  @Test(
    .exercises([
      "bundle: a frame that is read": 100,
      "deltas: a liar's version that is applied": 750,
      "deltas: a version that waits to the end": 80,
      "deltas: an adoption": 480,
      "deltas: an honest commit": 300,
      "deltas: lacksRights": 400,
      "deltas: malformed": 2200,
      "json: a value that is read": 10,
      "keys: two that are compared": 20,
      "ledger: one that is read": 2,
      "plan: one that is read": 4,
      "schema: one that differs": 20,
      "schema: one that is taken over": 7,
      "state: one that is adopted": 1,
      "state: one that is refused": 10,
      "values: two that are merged": 50,
      "version: another": 220,
      "version: one that is applied": 6,
    ]), arguments: fuzzedParts.map { $0.name })
  func seedsAreTaken(by name: String) throws {
    let part = try #require(fuzzedParts.first { $0.name == name })
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.folder.appending(path: name), includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    var dice = SplitMix(seed: 1)
    for file in files.sorted(by: { $0.path < $1.path }) {
      let seed = Array(try Data(contentsOf: file))
      try FuzzedDeeds.$tell.withValue({ Exercised.count($0) }) { try part.run(seed) }
      for _ in 0..<20 {
        let bytes = seed.damaged(using: &dice)
        try FuzzedDeeds.$tell.withValue({ Exercised.count($0) }) { try part.run(bytes) }
      }
    }
  }

  /// The seeds are what honest programs write today: bytes that a later program refuses show less.
  @Test func seedsAreThoseOfToday() throws {
    for part in fuzzedParts {
      for (number, seed) in try part.seeds().enumerated() {
        let file = Self.folder.appending(path: "\(part.name)/\(number)")
        #expect(
          try Array(Data(contentsOf: file)) == seed,
          "\(part.name)/\(number): make the seeds anew: ByteFuzzer --seeds Tests/ByteFuzzing/Seeds")
      }
    }
  }
}
