import CommandSupport
import Foundation
import TestSupport
import Testing

/// A page of LMDB's own that is damaged ends no command by a signal.
@Suite struct DamagedReadingTests {
  @Test(arguments: [
    ["show", "bank"], ["dump", "bank"], ["log", "bank"], ["stat", "bank"], ["requests", "bank"],
    ["export", "bank", "bundle"], ["set-aside", "bank"],
  ])
  func isAFailureLikeOthers(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try TestStore.truncatedBank(at: "\(folder.path)/bank")
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/bank/000001.mdb"))
    var (pages, wasEnded) = (0, false)
    for page in 2..<min(whole.count / 4096, 40) {
      // A page with entries is marked as one of branches, and the other way round.
      let flags = page * 4096 + 10
      guard [1, 2].contains(whole[flags]) else { continue }
      pages += 1
      try folder.damage("bank", name: "000001.mdb") { data in
        data = whole
        data[flags] ^= 3
      }
      let outcome = try Command.start(arguments, in: folder).finish()
      #expect(outcome.status == 0 || outcome.status == 1, "page \(page): \(outcome)")
      #expect(outcome.status == 0 || outcome.errors.contains("merganser: "), "\(outcome)")
      if outcome.errors.contains("as a damaged page does") {
        wasEnded = true
        #expect(outcome.errors.contains("; merganser verify bank says more\n"), "\(outcome)")
      }
      try? FileManager.default.removeItem(atPath: "\(folder.path)/bundle")
    }
    // Otherwise the test would show nothing.
    #expect(pages > 5)
    if ["show", "dump", "requests"].contains(arguments[0]) { #expect(wasEnded) }
  }
}
