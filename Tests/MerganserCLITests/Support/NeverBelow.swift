import Merganser
import MerganserDatabase
import MerganserLog
import Testing

/// The replay's tables; of its invariants, balances need none.
private struct Accounts: Schema {
  let accounts = Table<UInt64, EscrowCounter>("accounts")
  let run = Table<String, LWWRegister<String>>("run")
}

/// Takes a store's versions in one by one, and checks that no balance is ever below `floor`.
func neverBelow(_ floor: Int64, path: String) throws {
  let reading = try LogStore.openForReading(at: path)
  defer { reading.close() }
  let schema = Accounts()
  // An onlooker: of its own versions a replica takes none from others.
  var database = Database(
    catalog: try Catalog(schema), replica: .random(),
    founder: reading.identity.founder)
  var versions = try CausalMerge(reading.snapshot(), beyond: VersionVector())
  var count = 0
  while let version = try versions.next(after: database.snapshot.vector) {
    let reception = try database.receive([version.stored], wall: HybridTime(bits: .max))
    #expect(reception.refused.isEmpty)
    count += 1
    for row in version.writes where row.table == "accounts" {
      let account = try UInt64(keyEncoded: row.key)
      let balance = try database.snapshot[schema.accounts, account]?.value ?? 0
      #expect(balance >= floor, "account \(account) at \(balance) after \(count) versions")
    }
  }
  #expect(count > 0)
}
