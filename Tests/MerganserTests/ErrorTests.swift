import Foundation
import Merganser
import Testing

/// Errors say the same wherever they are shown.
@Suite struct ErrorTests {
  @Test func theLocalizedDescriptionIsTheDescription() throws {
    let errors: [any MerganserError] = [
      TransactionError.ended, StorageError.closed(path: "s"), LatticeError.negativeAmount(-1),
      OptionError.outOfRange(name: "cacheLimit", found: "-1", allowed: "0 to 1"),
      OpenError.otherSchema(path: "s", difference: "d"), SchemaError.duplicateTable("t"),
      TimeError.invalidDrift(.zero, allowed: .zero ... .seconds(1)),
    ]
    for error in errors {
      #expect(!error.description.isEmpty)
      #expect((error as any Error).localizedDescription == error.description)
      #expect("\(error)" == error.description)
    }
  }

  /// No error that is public is without it.
  @Test func everyErrorIsOne() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard line.firstMatch(of: #/^public (enum|struct|final class) \w+(<.*>)?: /#) != nil else {
          continue
        }
        #expect(line.firstMatch(of: #/[:,] Error\b/#) == nil, "\(line) is no MerganserError")
        if line.contains(": MerganserError") { found += 1 }
      }
    }
    #expect(found > 20)
  }
}
