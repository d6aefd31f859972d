import Merganser

/// A branch of the demo's bank that is open in this process.
struct DemoBranch: Sendable {
  let place: Place
  let bank: DemoBank
  let replica: Replica<DemoBank>

  /// What a branch holds at one moment, in short.
  struct Stock: Sendable, Codable {
    /// What it may spend without asking anyone, over all accounts.
    var rights: Int64
    /// The least balance of all accounts.
    var lowest: Int64
  }

  /// Opens a branch's store in `directory`, creating it if there is none.
  static func open(
    _ place: Place, in directory: String, joining founder: ReplicaID?
  ) async throws -> DemoBranch {
    let bank = DemoBank()
    let replica = try await Replica.open(
      bank, at: "\(directory)/\(place.folder)", joining: founder)
    return DemoBranch(place: place, bank: bank, replica: replica)
  }

  /// Does what an order says, once.
  func execute(_ order: DemoWorkload.Order) async throws -> RequestResult<Void> {
    let accounts = bank.accounts
    return try await replica.write(request: RequestID(order.request), recordsRefusal: true) { tx in
      if order.cents < 0 {
        try tx[accounts, order.account].decrement(by: -order.cents)
      } else {
        try tx[accounts, order.account].increment(by: order.cents)
      }
    }
  }

  /// Hands rights to spend from an account to another branch.
  func give(_ cents: Int64, of account: UInt64, to receiver: ReplicaID) async throws {
    let accounts = bank.accounts
    try await replica.write { tx in
      try tx[accounts, account].transfer(cents, of: .decrement, to: receiver)
    }
  }

  /// What this branch may spend from an account without asking anyone.
  func rights(to account: UInt64) throws -> Int64 {
    try replica.snapshot.rights(
      of: replica.id, towards: .decrement, in: bank.accounts, key: account) ?? 0
  }

  /// The balances, by account.
  func balances() throws -> [UInt64: Int64] {
    let rows = try replica.snapshot.rows(bank.accounts)
    return Dictionary(uniqueKeysWithValues: try rows.map { ($0.key, try $0.value.value) })
  }

  /// What the branch holds now.
  func stock() throws -> Stock {
    let snapshot = replica.snapshot
    var stock = Stock(rights: 0, lowest: .max)
    for (account, counter) in try snapshot.rows(bank.accounts) {
      stock.lowest = min(stock.lowest, try counter.value)
      stock.rights +=
        try snapshot.rights(of: replica.id, towards: .decrement, in: bank.accounts, key: account)
        ?? 0
    }
    return stock
  }
}
