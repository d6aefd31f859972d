import MerganserLaws
import MerganserTypes
import Testing
import XCTest

/// The laws of a type as one line of XCTest.
final class XCTestUse: XCTestCase {
  func testLawsOfTheGrowingCounter() throws {
    try checkLaws(of: GCounter.self) { try $0.increment(by: $2.pick(0...9), as: $1.replica) }
  }

  func testALiarFails() {
    XCTAssertThrowsError(
      try checkLaws(of: Subject<WrongOrder>.self) { try WrongOrder.update(&$0, random: &$2) }
    ) { XCTAssertEqual(($0 as? LawViolation)?.law, .orderFollowsMerge) }
  }
}

/// The same line in Swift Testing.
@Suite struct SwiftTestingUse {
  @Test func lawsOfTheGrowingCounter() throws {
    try checkLaws(of: GCounter.self) { try $0.increment(by: $2.pick(0...9), as: $1.replica) }
  }

  @Test func aLiarFails() {
    let found = #expect(throws: LawViolation.self) {
      try checkLaws(of: Subject<WrongOrder>.self) { try WrongOrder.update(&$0, random: &$2) }
    }
    #expect(found?.law == .orderFollowsMerge)
  }
}
