import Merganser
import MerganserLog
import TestSupport
import Testing

/// A schema grows, and the data stays.
@Suite struct GrowthTests {
  /// ``Bank``, with accounts of another type.
  struct Other: Schema {
    let accounts = Table<String, PNCounter>("accounts")
    let owners = Table<String, LWWRegister<String>>("owners")
    var invariants: [any Invariant] {}
  }

  private func makeStore(_ folder: TemporaryFolder) async throws -> String {
    let (bank, path) = (Bank(), folder.path + "/lisbon")
    let replica = try await Replica.open(bank, at: path)
    try await replica.write { tx in
      try tx[bank.accounts, "a"].increment(by: 5)
      try tx[bank.owners, "a"].set("Ann")
    }
    try await replica.close()
    return path
  }

  @Test func tablesAndTheirInvariantsAreAdded() async throws {
    let folder = try TemporaryFolder()
    let path = try await makeStore(folder)
    let grown = Growing(shortest: 3, limitsNotes: true)
    for round in 0..<2 {
      let replica = try await Replica.open(grown, at: path)
      #expect(try replica.snapshot[grown.accounts, "a"]?.value == 5)
      #expect(try replica.snapshot[grown.owners, "a"]?.value == "Ann")
      #expect(try replica.snapshot[grown.notes, "a"]?.value == (round == 0 ? nil : "rich"))
      try await replica.write(.localOnly) { try $0[grown.notes, "a"].set("rich") }
      try await replica.close()
    }
    let replica = try await Replica.open(grown, at: path)
    #expect(try replica.snapshot[grown.notes, "a"]?.value == "rich")
    try await replica.write { try $0[grown.accounts, "a"].delete() }
    #expect(try replica.snapshot[grown.notes, "a"] == nil)
    try await replica.close()
  }

  @Test func rowsThatBreakANewInvariantAreNamed() async throws {
    let folder = try TemporaryFolder()
    let path = try await makeStore(folder)
    await #expect {
      _ = try await Replica.open(Growing(shortest: 4), at: path)
    } throws: { error in
      guard case OpenError.brokenRows(_, let rows) = error else { return false }
      return rows.count == 1 && rows.violations.first?.key == "a"
        && rows.violations.first?.found == "Ann"
    }
    // Nothing has changed.
    try await Replica.open(Bank(), at: path).close()
  }

  @Test func whatCannotBeAddedAfterwardsIsRefused() async throws {
    let folder = try TemporaryFolder()
    let path = try await makeStore(folder)
    await #expect {
      _ = try await Replica.open(Growing(limitsOwners: true), at: path)
    } throws: { "\($0)".contains("\"owners differ\"") }
    await #expect {
      _ = try await Replica.open(Other(), at: path)
    } throws: { "\($0)".contains("table accounts holds EscrowCounter by String") }
    let replica = try await Replica.open(Bank(), at: path)
    #expect(try replica.snapshot[Bank().owners, "a"]?.value == "Ann")
    try await replica.close()
  }
}
