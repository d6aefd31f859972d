package import MerganserTypes

/// A room for a bounded number of bytes, shared by the peers by which things come.
///
/// Each peer has an account, and those that nobody has heard of have one together. Where there is no room, the
/// account that takes the most gives way, its latest things first, as long as it takes more than the account that
/// needs the room will. So of *n* accounts each has an *n*th of the room, whatever the others send.
///
/// - Complexity: O(log *n*) in the number of things; O(*a*) in the number of accounts where there is no room.
package struct PeerShares: Sendable {
  /// Where something stands that was entered.
  package struct Entry: Sendable {
    package internal(set) var account: ReplicaID?
    let arrival: UInt64
    let bytes: Int
  }

  struct Account {
    var bytes = 0
    /// Its things, in the order in which they came.
    var things = OrderedMap<Thing>()
  }

  struct Thing {
    let name: [UInt8]
    let entry: Entry
  }

  /// How many bytes there is room for.
  package var limit: Int
  /// How many bytes are taken.
  package private(set) var bytes = 0
  private(set) var accounts: [ReplicaID?: Account] = [:]
  private var arrivals: UInt64 = 0

  /// An empty room.
  package init(limit: Int) { self.limit = limit }

  /// Enters a thing.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - size: how many bytes it takes.
  ///   - account: the peer by which it came; `nil` for one that nobody has heard of.
  /// - Returns: where it stands, and the names of those that have left for it; `nil` if there is no room.
  package mutating func enter(
    _ name: [UInt8], size: Int, from account: ReplicaID?
  ) -> (entry: Entry, displaced: [[UInt8]])? {
    let wanted = (accounts[account]?.bytes ?? 0) + size
    var displaced: [[UInt8]] = []
    if bytes + size > limit {
      // The account that needs the room has less than it wants, and so nothing to spare.
      let spare = accounts.values.reduce(0) { $0 + max(0, $1.bytes - wanted) }
      guard bytes + size - limit <= spare else { return nil }
      // Whoever takes more than it wants is another.
      while bytes + size > limit, let name = removeLastOfLargest() {
        displaced.append(name)
      }
    }
    arrivals += 1
    let entry = Entry(account: account, arrival: arrivals, bytes: size)
    insert(name, at: entry)
    return (entry, displaced)
  }

  /// Removes a thing.
  package mutating func leave(_ entry: Entry) {
    guard var account = accounts.removeValue(forKey: entry.account) else { return }
    bytes -= entry.bytes
    account.bytes -= entry.bytes
    account.things[entry.arrival.keyEncoded()] = nil
    if !account.things.isEmpty { accounts[entry.account] = account }
  }

  /// Notes that another peer has offered a thing, too: it counts for the one that takes less.
  package mutating func note(_ name: [UInt8], entry: inout Entry, offeredBy account: ReplicaID?) {
    let mine = accounts[entry.account]?.bytes ?? 0
    let other = accounts[account]?.bytes ?? 0
    guard account != entry.account, other + entry.bytes < mine else { return }
    leave(entry)
    entry.account = account
    insert(name, at: entry)
  }

  private mutating func insert(_ name: [UInt8], at entry: Entry) {
    var account = accounts.removeValue(forKey: entry.account) ?? Account()
    account.bytes += entry.bytes
    account.things[entry.arrival.keyEncoded()] = Thing(name: name, entry: entry)
    accounts[entry.account] = account
    bytes += entry.bytes
  }

  private mutating func removeLastOfLargest() -> [UInt8]? {
    let largest = accounts.max { $0.value.bytes < $1.value.bytes }
    // A key of eight bytes stands before this one.
    let end = Array(repeating: UInt8.max, count: 9)
    guard let last = largest?.value.things.last(before: end) else { return nil }
    leave(last.value.entry)
    return last.value.name
  }
}
