@testable import MerganserCLI
import MerganserModel
import MerganserTypes

/// A plan's text.
package enum FuzzedPlan: FuzzedPart {
  package static let name = "plan"

  package static func seeds() throws -> [[UInt8]] {
    try FuzzHouse.plans().map { Array("\($0)".utf8) }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let plan = try? Plan(parsing: text) else { return }
    tell("plan: one that is read")
    guard let again = try? Plan(parsing: "\(plan)") else {
      throw Divergence("a plan's own text is not read")
    }
    try expect(again == plan, what: "a plan's own text is another plan")
  }
}

/// A ledger of separated values.
package enum FuzzedLedger: FuzzedPart {
  package static let name = "ledger"

  package static func seeds() throws -> [[UInt8]] {
    [
      "trans_id,account_id,type,amount\n1,10,PRIJEM,5.00\n2,10,VYDAJ,1.25\n",
      "\u{FEFF}amount;type;account_id;trans_id\r\n\"1.00\";\"PRIJEM\";7;1\r\n",
      "trans_id,account_id,type,amount,\"a\nname\"\r1,10,VYDAJ,0.01,\"x\"\"y\"\r",
    ].map { Array($0.utf8) }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    guard let ledger = try? Ledger(bytes, path: "ledger") else { return }
    tell("ledger: one that is read")
    let numbers = Set(ledger.entries.map(\.transaction))
    try expect(
      numbers.count == ledger.entries.count, what: "a transaction stands twice in a ledger")
    try expect(
      ledger.entries.allSatisfy { $0.line > 1 }, what: "an entry stands on the line of the header")
  }
}
