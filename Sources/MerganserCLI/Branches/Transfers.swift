#if Network
  import Foundation
  import Merganser

  /// What a branch does by itself: transfers between accounts, so many a second, each logged once it is durable.
  ///
  /// A transfer writes three rows: both accounts, and the branch's mark, which says how many transfers of each branch it had
  /// seen. So whoever sees a state can tell whether it is whole, and in causal order.
  struct Transfers: Sendable {
    private let branch: DemoBranch
    private let place: Int
    private let rate: Int
    private let log: FileHandle?
    private let first: Int

    /// How far a branch's requests lie apart from another's.
    static let stride: UInt64 = 1_000_000_000
    /// How many numbers may have been under way when the process was killed.
    private static let gap = 1000

    /// The request of a branch's transfer.
    static func request(_ number: Int, at place: Int) -> UInt64 {
      UInt64(place + 1) * stride + UInt64(number)
    }

    /// The numbers that a log has: its last line may be cut.
    static func numbers(in log: String) throws -> [Int] {
      guard FileManager.default.fileExists(atPath: log) else { return [] }
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: log)), as: UTF8.self)
      return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        .compactMap { Int($0) }
    }

    init(of branch: DemoBranch, place: Int, rate: Int, log path: String?) throws {
      self.branch = branch
      self.place = place
      self.rate = rate
      guard let path else {
        (log, first) = (nil, 1)
        return
      }
      first = (try Self.numbers(in: path).max() ?? -Self.gap) + Self.gap + 1
      if !FileManager.default.fileExists(atPath: path) { try UserFile.write("", to: path) }
      log = FileHandle(forWritingAtPath: path)
      // Behind a line that was cut.
      if try log?.seekToEnd() ?? 0 > 0 { try log?.write(contentsOf: Data("\n".utf8)) }
    }

    /// Makes transfers until the task is cancelled.
    func run() async throws {
      var draw = SystemRandomNumberGenerator()
      var number = first
      let start = ContinuousClock.now
      while !Task.isCancelled {
        let due = start + .seconds(1) * (Double(number - first) / Double(rate))
        do { try await Task.sleep(until: due) } catch { return }
        if try await transfer(number, by: &draw) {
          try log?.write(contentsOf: Data("\(number)\n".utf8))
        }
        number += 1
      }
    }

    /// Makes a transfer; whether there is one to make.
    private func transfer(
      _ number: Int, by draw: inout some RandomNumberGenerator
    ) async throws -> Bool {
      let rights = try branch.balances().keys.filter { $0 < BranchMarks.first }.sorted()
        .filter { try branch.rights(to: $0) > 0 }
      guard let from = rights.randomElement(using: &draw),
        let to = try branch.balances().keys.filter({ $0 < BranchMarks.first && $0 != from })
          .sorted().randomElement(using: &draw)
      else { return false }
      let (bank, place) = (branch.bank, place)
      let held = try branch.rights(to: from)
      let cents = Int64.random(in: 1...max(1, held / 4), using: &draw)
      _ = try await branch.replica.write(
        request: RequestID(Self.request(number, at: place)), recordsRefusal: true
      ) { tx in
        try tx[bank.accounts, from].decrement(by: cents)
        try tx[bank.accounts, to].increment(by: cents)
        var seen: [Int] = []
        for other in 0..<BranchMarks.count {
          let text = try tx[bank.holders, BranchMarks.first + UInt64(other)].value?.value ?? ""
          seen.append(BranchMarks.numbers(in: text)?[other] ?? 0)
        }
        seen[place] = number
        try tx[bank.holders, BranchMarks.first + UInt64(place)]
          .set(seen.map { "\($0)" }.joined(separator: " "))
      }
      return true
    }
  }

  /// The marks of all branches in a state: how many transfers of each branch each had seen with its last.
  struct BranchMarks: Sendable {
    /// The first branch's mark has this number among the accounts, and one cent.
    static let first: UInt64 = 9000
    static let count = 5

    private var seen: [Int: [Int]] = [:]
    private var total: Int64 = 0
    private var lowest: Int64 = 0

    init(_ snapshot: Snapshot, of bank: DemoBank) throws {
      for (account, counter) in try snapshot.rows(bank.accounts) {
        let cents = try counter.value
        total += cents
        lowest = min(lowest, cents)
        guard account >= Self.first, let text = try snapshot[bank.holders, account]?.value else {
          continue
        }
        seen[Int(account - Self.first)] = Self.numbers(in: text)
      }
    }

    static func numbers(in text: String) -> [Int]? {
      let numbers = text.split(separator: " ").compactMap { Int($0) }
      return numbers.count == count ? numbers : nil
    }

    /// What is wrong with it, behind the state that was shown before.
    func faults(behind before: BranchMarks?) -> [String] {
      var faults: [String] = []
      if lowest < 0 { faults.append("a balance is \(lowest)") }
      if let before, before.total != total, before.seen.count == Self.count {
        faults.append("the sum was \(before.total), and is \(total): a transfer is shown in part")
      }
      for (place, numbers) in seen {
        for (other, number) in numbers.enumerated() where seen[other]?[other] ?? 0 < number {
          faults.append(
            """
            branch \(place) had seen transfer \(number) of branch \(other), of which \(seen[other]?[other] ?? 0) is \
            shown: what came before is missing
            """)
        }
        if let last = before?.seen[place]?[place], last > numbers[place] {
          faults.append("transfer \(last) of branch \(place) was shown, and is no more")
        }
      }
      return faults
    }
  }
#endif
