import Merganser

/// Runs a ledger through the branches of a bank, each transaction once, at the branch that it belongs to.
///
/// The accounts go forward side by side, each in the order of the ledger. One that comes to a branch
/// without the rights that it needs waits there. When nothing else can go forward, the round ends: all
/// who wait are given rights by the branches that hold them, the branches meet, and the next round begins.
struct ReplayRun: Sendable {
  /// The transactions that were not made.
  struct Exceptions: Sendable {
    /// Those that a branch refused, and why.
    var refused: [UInt64: InvariantViolation] = [:]
    /// Those of which the branches have other contents than the ledger.
    var changed: Set<UInt64> = []

    mutating func merge(_ other: Exceptions) {
      refused.merge(other.refused) { first, _ in first }
      changed.formUnion(other.changed)
    }
  }

  /// An account, and how far it has come.
  private struct Account: Sendable {
    let number: UInt64
    var entries: ArraySlice<Ledger.Entry>
    /// Whether the branches together do not have the rights that the next entry needs.
    var isExhausted = false
  }

  let branches: Branches
  let seed: UInt64
  /// Whether branches do without each other until all is done.
  let isApart: Bool
  /// Called for each transaction that is done.
  let progress: @Sendable () -> Void

  /// Which branch a transaction belongs to: a hash of its number.
  func owner(of transaction: UInt64) -> Int {
    var hash = transaction &+ seed &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((hash ^ (hash >> 31)) % UInt64(branches.replicas.count))
  }

  /// Processes what has not been processed, and lets all branches meet.
  ///
  /// - Returns: which transactions were not made, now or in an earlier run.
  func run(_ ledger: Ledger) async throws -> Exceptions {
    // Rights that were on their way when an earlier run was killed arrive first.
    if !isApart { try await branches.syncAll() }
    var exceptions = Exceptions()
    var open = Dictionary(grouping: ledger.entries, by: \.account).map {
      Account(number: $0, entries: $1[...])
    }
    while !open.isEmpty {
      var waiting: [(Account, needed: Int64)] = []
      try await withThrowingTaskGroup(
        of: (Account, Exceptions, needed: Int64?).self
      ) { group in
        for account in open {
          group.addTask {
            var account = account
            let (found, needed) = try await advance(&account, of: ledger)
            return (account, found, needed)
          }
        }
        for try await (account, found, needed) in group {
          exceptions.merge(found)
          if let needed { waiting.append((account, needed)) }
        }
      }
      open = try await obtainRights(for: waiting)
    }
    try await branches.syncAll()
    return exceptions
  }

  /// Processes an account's entries until they are done or one needs rights that its branch lacks.
  private func advance(
    _ account: inout Account, of ledger: Ledger
  ) async throws -> (exceptions: Exceptions, needed: Int64?) {
    var exceptions = Exceptions()
    while let entry = account.entries.first {
      do {
        switch try await apply(entry, isFinal: isApart || account.isExhausted) {
        case .refused(let violation), .repeated(.refused(let violation)):
          exceptions.refused[entry.transaction] = violation
        case .otherContents, .repeated(.rejected), .expired:
          exceptions.changed.insert(entry.transaction)
        case .committed, .repeated(.committed): break
        }
        account.isExhausted = false
        account.entries.removeFirst()
        progress()
      } catch let short as ShortOfRights {
        return (exceptions, short.needed)
      } catch let error as LatticeError {
        throw ledger.error(of: entry, reason: "\(error)")
      }
    }
    return (exceptions, nil)
  }

  /// Makes one transaction at its branch; unless it is final, a lack of rights refuses nothing.
  ///
  /// A refusal is for good: whoever replays the ledger again finds the same.
  private func apply(
    _ entry: Ledger.Entry, isFinal: Bool
  ) async throws -> RequestResult<Void> {
    let accounts = branches.bank.accounts
    return try await branches.replicas[owner(of: entry.transaction)].write(
      request: RequestID(entry.transaction), contents: entry.contents, recordsRefusal: true
    ) { tx in
      let account = try tx[accounts, entry.account]
      if entry.cents >= 0 { return try account.increment(by: entry.cents) }
      do {
        try account.decrement(by: -entry.cents)
      } catch let violation as InvariantViolation where !isFinal {
        throw ShortOfRights(needed: violation.shortfall?.needed ?? -entry.cents)
      }
    }
  }

  private struct ShortOfRights: Error {
    let needed: Int64
  }

  /// Has rights transferred to the branches that wait for them, and brings them there.
  private func obtainRights(
    for waiting: [(Account, needed: Int64)]
  ) async throws -> [Account] {
    var accounts: [Account] = []
    var transfers: [Transfer] = []
    for (account, needed) in waiting {
      guard let entry = account.entries.first else { continue }
      let found = try self.transfers(
        of: account.number, to: owner(of: entry.transaction), needed: needed)
      var account = account
      account.isExhausted = found == nil
      accounts.append(account)
      transfers += found ?? []
    }
    let table = branches.bank.accounts
    try await withThrowingTaskGroup { group in
      for transfer in transfers {
        group.addTask {
          let receiver = branches.replicas[transfer.receiver].id
          try await branches.replicas[transfer.holder].write { tx in
            try tx[table, transfer.account].transfer(
              transfer.amount, of: .decrement, to: receiver)
          }
        }
      }
      try await group.waitForAll()
    }
    try await branches.sync(Set(transfers.map { [$0.holder, $0.receiver].sorted() }))
    return accounts
  }

  private struct Transfer {
    let account: UInt64
    let holder: Int
    let receiver: Int
    let amount: Int64
  }

  /// Which branches are to give how much; `nil` if all together do not hold enough.
  ///
  /// Each gives what is missing and half of what it has beyond, so that the next need is met at once.
  private func transfers(
    of account: UInt64, to receiver: Int, needed: Int64
  ) throws -> [Transfer]? {
    func rights(_ branch: Int) throws -> Int64 {
      let replica = branches.replicas[branch]
      return try replica.snapshot.rights(
        of: replica.id, towards: .decrement, in: branches.bank.accounts, key: account) ?? .max
    }
    var missing = needed - (try rights(receiver))
    var transfers: [Transfer] = []
    let others = try branches.replicas.indices.filter { $0 != receiver }
      .map { (branch: $0, rights: try rights($0)) }.sorted { $0.rights > $1.rights }
    for (branch, rights) in others where missing > 0 && rights > 0 {
      let needed = min(rights, missing)
      missing -= needed
      transfers.append(
        Transfer(
          account: account, holder: branch, receiver: receiver,
          amount: needed + (rights - needed) / 2))
    }
    return missing > 0 ? nil : transfers
  }
}

extension Ledger.Entry {
  /// What the transaction asks for, by which its number is not taken for another's.
  fileprivate var contents: RequestContents {
    RequestContents(bytes: account.binaryEncoded() + cents.binaryEncoded())
  }
}
