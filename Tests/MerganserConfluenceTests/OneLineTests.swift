import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing
import XCTest

private struct Savings: Schema {
  let accounts = Table<String, PNCounter>("accounts")
  var invariants: [any Invariant] { Limit("not below 0", on: accounts, atLeast: 0) }

  func workload(withdrawing: Bool = false) throws -> Workload {
    try Workload("savings", of: self) {
      DeclaredTransaction("deposit") { tx in try tx[accounts, "a"].increment() }
      if withdrawing {
        DeclaredTransaction("withdraw") { tx in try tx[accounts, "a"].decrement() }
      }
    }
  }
}

/// The check as one line of XCTest.
final class XCTestUse: XCTestCase {
  func testSavingsMerge() throws { try expectConfluent(Savings().workload()) }

  func testWithdrawalsFail() {
    XCTAssertThrowsError(try expectConfluent(Savings().workload(withdrawing: true))) {
      XCTAssertTrue($0 is NotConfluent)
    }
  }
}

/// The same line in Swift Testing.
@Suite struct SwiftTestingUse {
  @Test func savingsMerge() throws { try expectConfluent(Savings().workload()) }

  @Test func withdrawalsFail() {
    let found = #expect(throws: NotConfluent.self) {
      try expectConfluent(Savings().workload(withdrawing: true))
    }
    #expect(found?.description.contains("withdraw") == true)
    #expect(found?.description.contains("what helps: declare Bounds over an EscrowCounter") == true)
    #expect(found?.description.split(separator: "\n").allSatisfy { $0.count <= 78 } == true)
  }
}
