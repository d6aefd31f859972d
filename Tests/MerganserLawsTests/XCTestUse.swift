import MerganserLaws
import MerganserTypes
import XCTest

final class XCTestUse: XCTestCase {
  func testLawsOfTheGrowingCounter() throws {
    try checkLaws(of: GCounter.self) { try $0.increment(by: $2.pick(0...9), as: $1.replica) }
  }
}
