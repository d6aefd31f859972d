import Foundation
import TestSupport

/// A ledger to replay, and what it comes to by plain addition.
struct TestLedger: Sendable {
  let path: String
  let balances: [UInt64: Int64]
  let count: Int

  /// The real ledger of a Czech bank (PKDD'99), where it is at hand; the project does not ship it.
  static let real: TestLedger? = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../../shared/data/berka-transactions.csv").standardized.path
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    var balances: [UInt64: Int64] = [:]
    var count = 0
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ";", omittingEmptySubsequences: false)
      guard let account = UInt64(fields[1]), let amount = Double(fields[5]) else { return nil }
      let cents = Int64((amount * 100).rounded())
      balances[account, default: 0] += fields[3] == "\"PRIJEM\"" ? cents : -cents
      count += 1
    }
    return TestLedger(path: path, balances: balances, count: count)
  }()

  private init(path: String, balances: [UInt64: Int64], count: Int) {
    self.path = path
    self.balances = balances
    self.count = count
  }

  /// A ledger of made-up transactions in which, in its order, no account falls below `floor`.
  init(rows: Int, accounts: Int, floor: Int64 = 0, seed: UInt64, in folder: String) throws {
    var generator = SplitMix(seed: seed)
    var balances: [UInt64: Int64] = [:]
    // The columns stand in another order than the real ledger's, with one that nobody knows.
    var lines = ["\"amount\";\"note\";\"type\";\"trans_id\";\"date\";\"account_id\""]
    for row in 0..<rows {
      let account = UInt64.random(in: 1...UInt64(accounts), using: &generator) * 7
      let balance = balances[account, default: 0]
      let spendable = balance - floor
      let isCredit = spendable < 100 || Int.random(in: 0..<5, using: &generator) < 2
      let cents =
        isCredit
        ? Int64.random(in: 1...100_000, using: &generator)
        : Int64.random(in: 1...max(1, spendable), using: &generator)
      balances[account] = balance + (isCredit ? cents : -cents)
      let type = isCredit ? "PRIJEM" : ["VYDAJ", "VYBER"][row % 2]
      let amount = "\(cents / 100)." + String(String(cents % 100 + 100).dropFirst())
      lines.append("\(amount);\"a \"\"b\"\"; c\";\(type);\(row * 31 + 5);930101;\"\(account)\"")
    }
    path = "\(folder)/ledger.csv"
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    self.balances = balances
    count = rows
  }
}
