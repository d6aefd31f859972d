import Foundation
import Merganser
import MerganserLog

/// What a replay came to: what is printed, and what `--json` gives.
struct ReplaySummary: Codable {
  /// A transaction that was refused, and why.
  struct Refusal: Codable {
    var transaction: UInt64
    var account: UInt64
    /// The cents that it needed, and those that its branch had the right to spend.
    var needed: Int64
    var rights: Int64
  }

  var accepted: Int
  var refused: Int
  /// The transactions that were made earlier with other contents, and not again.
  var changed: [UInt64]
  var repeatedRows: Int
  var rightsTransfers: Int
  var versions: Int
  /// Whether versions were taken out of the log, so that those two counts leave some out.
  var logIsTruncated: Bool
  var bytesOnDisk: Int
  var seconds: Double
  var transactionsPerSecond: Double
  var lowestBalance: Int64?
  var digests: [String: String]
  var agree: Bool
  var refusals: [Refusal]

  /// Takes stock of the branches after a run.
  init(
    _ branches: Branches, ledger: Ledger, exceptions: ReplayRun.Exceptions, seconds: Double
  ) throws {
    let refused = exceptions.refused
    changed = exceptions.changed.sorted()
    self.seconds = seconds
    transactionsPerSecond = seconds > 0 ? Double(ledger.entries.count) / seconds : 0
    self.refused = refused.count
    accepted = ledger.entries.count - refused.count - changed.count
    repeatedRows = ledger.repeatedRows
    bytesOnDisk = try branches.replicas.reduce(0) { $0 + (try $1.sizeOnDisk) }
    digests = try Dictionary(
      uniqueKeysWithValues: branches.replicas.enumerated().map {
        ("branch-\($0 + 1)", Self.hex(try $1.snapshot.digest))
      })
    agree = Set(digests.values).count <= 1
    lowestBalance = try branches.replicas.compactMap { replica in
      try replica.snapshot.rows(branches.bank.accounts).map { account, counter in
        do { return try counter.value } catch {
          throw Failure("account \(account): its balance is more than 64 bits of cents hold")
        }
      }.min()
    }.min()
    refusals = ledger.entries.compactMap { entry in
      refused[entry.transaction].map {
        Refusal(
          transaction: entry.transaction, account: entry.account,
          needed: $0.shortfall?.needed ?? 0, rights: $0.shortfall?.available ?? 0)
      }
    }
    let log = try branches.replicas.first?.log()
    logIsTruncated = log.map { !$0.truncatedTo.isEmpty } ?? false
    (versions, rightsTransfers) =
      try log.map { try Self.count(in: $0, bank: branches.bank) } ?? (0, 0)
  }

  /// How many versions the log has, and how many of them move rights: those that answer no request
  /// and write to an account.
  private static func count(
    in log: any VersionSnapshot, bank: Bank
  ) throws -> (versions: Int, transfers: Int) {
    var counts = (versions: 0, transfers: 0)
    for origin in log.heads.keys {
      let reader = try log.versions(of: origin, after: log.truncatedTo[origin]?.sequence ?? 0)
      while let stored = try reader.next() {
        let version = try stored.decoded()
        counts.versions += 1
        let accounts = bank.accounts.name
        if version.request == nil, version.writes.contains(where: { $0.table == accounts }) {
          counts.transfers += 1
        }
      }
    }
    return counts
  }

  private static func hex(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The summary as lines for a person.
  var lines: [String] {
    func row(_ name: String, value: String) -> String {
      name.padding(toLength: 24, withPad: " ", startingAt: 0) + value
    }
    let rest = logIsTruncated ? " in the log, which no longer has all" : ""
    var lines = [
      row("accepted", value: "\(accepted)"),
      row("refused", value: "\(refused)"),
      row("rights transfers", value: "\(rightsTransfers)\(rest)"),
      row("versions", value: "\(versions)\(rest)"),
      row("bytes on disk", value: "\(bytesOnDisk.grouped) (all branches)"),
      row("time", value: "\(Self.fixed(seconds, digits: 2)) s"),
      row("transactions/s", value: Self.fixed(transactionsPerSecond, digits: 0)),
      row("lowest balance", value: lowestBalance.map { "\($0) cents" } ?? "no account"),
    ]
    if !changed.isEmpty { lines.insert(row("changed", value: "\(changed.count)"), at: 2) }
    if repeatedRows > 0 { lines.insert(row("repeated rows", value: "\(repeatedRows)"), at: 2) }
    for (branch, digest) in digests.sorted(by: { $0.key < $1.key }) {
      lines.append(row("digest \(branch)", value: digest))
    }
    lines.append(agree ? "All branches hold the same." : "The branches differ.")
    if !refusals.isEmpty { lines.append("Refused:") }
    for refusal in refusals.prefix(10) {
      lines.append(
        "  transaction \(refusal.transaction), account \(refusal.account): needed "
          + "\(refusal.needed) cents, rights at hand \(refusal.rights)")
    }
    if refusals.count > 10 { lines.append("  and \(refusals.count - 10) more; --json lists all") }
    if !changed.isEmpty { lines.append("Not made, as the stores have them with other contents:") }
    for transaction in changed.prefix(10) { lines.append("  transaction \(transaction)") }
    if changed.count > 10 { lines.append("  and \(changed.count - 10) more; --json lists all") }
    return lines
  }

  private static func fixed(_ value: Double, digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
