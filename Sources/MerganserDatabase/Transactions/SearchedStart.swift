import CXXHash
package import MerganserModel
package import MerganserTypes

/// The state from which a search goes: what a start writes, by a replica and at a time that are always the same.
///
/// An analysis makes it, and every replica that runs by the plan, which compares what both came to.
package struct SearchedStart {
  /// Who writes it.
  package static let founder = ReplicaID(
    high: 0x6A09_E667_F3BC_C908, low: 0xB2FB_1366_EA95_7D3E)
  /// When it is written.
  package static let time = HybridTime(bits: 1)

  /// The state.
  package let state: DatabaseState
  /// A number that tells apart what stands in it.
  package let digest: UInt64
  private let catalog: Catalog

  /// The state that a start makes of a database in which nothing has happened.
  ///
  /// - Throws: what the start throws, or an invariant that it breaks by itself.
  package init(
    _ catalog: Catalog, start: (borrowing Transaction) throws -> Void
  ) throws {
    self.catalog = catalog
    let empty = DatabaseState.initial(catalog)
    var observed = ObservedTransaction()
    state =
      try empty.transacting(
        as: Self.founder, founder: Self.founder, catalog: catalog,
        clearance: .start, time: Self.time, observing: &observed, body: start)
      ?? empty
    digest = try state.rowsDigest(after: 0, in: catalog)
  }

  /// How many steps a sample has at most.
  private static let steps = 256

  /// What transactions did in the first 1, 2, 4, … steps of a walk from the start by one replica, and at its end:
  /// of each state that it comes by, all calls in turn.
  ///
  /// - Parameters:
  ///   - transactions: the transactions.
  ///   - isOver: whether to stop; it is asked before every step.
  /// - Returns: a number for each of these, and for the end of the walk; those that were reached.
  /// - Throws: ``/MerganserModel/StorageError``, which states in memory do not.
  package func sample(
    of transactions: [AnyDeclaredTransaction], until isOver: () -> Bool = { false }
  ) throws -> [UInt64] {
    let transactions = transactions.sorted { $0.name < $1.name }
    var states: [(state: DatabaseState, depth: UInt64)] = [(state, 1)]
    var next = 0
    var steps = 0
    var digest = self.digest
    var sample: [UInt64] = []
    while next < states.count, steps < Self.steps {
      let (state, depth) = states[next]
      next += 1
      for transaction in transactions {
        for number in transaction.calls.indices where steps < Self.steps {
          if isOver() { return sample }
          let call = transaction.calls[number]
          var observed = ObservedTransaction()
          let reached = try? state.transacting(
            as: Self.founder, founder: Self.founder, catalog: catalog,
            clearance: catalog.searchClearance, time: HybridTime(bits: depth + 1),
            observing: &observed, body: call.body)
          let did = observed.effects.map(\.description).sorted().joined(separator: ",")
          let text = "\(transaction.text(ofCall: number))\(reached == nil ? "-" : "+")\(did)"
          digest = Array(text.utf8).hashed(after: digest)
          if let reached {
            digest = try reached.rowsDigest(after: digest, in: catalog)
            states.append((reached, depth + 1))
          }
          steps += 1
          if steps & (steps - 1) == 0 { sample.append(digest) }
        }
      }
    }
    if steps & (steps - 1) != 0 { sample.append(digest) }
    return sample
  }
}

extension DatabaseState {
  /// A number that is equal for equal rows of a schema's own tables.
  fileprivate func rowsDigest(after seed: UInt64, in catalog: Catalog) throws -> UInt64 {
    var hash = seed
    for (number, table) in catalog.tables.enumerated()
    where !systemTableNames.contains(table.name) && tables[number].count > 0 {
      hash = Array(table.name.utf8).hashed(after: hash)
      var keys = try tables[number].keys()
      while let key = try keys.next() {
        hash = (key + [0] + (try tables[number].encodedRow(key) ?? [])).hashed(after: hash)
      }
    }
    return hash
  }
}

extension [UInt8] {
  fileprivate func hashed(after seed: UInt64) -> UInt64 {
    withUnsafeBytes { XXH3_64bits_withSeed($0.baseAddress, $0.count, seed) }
  }
}

extension Catalog {
  /// What transactions may write in a search: all that keeps the invariants where it runs, and of names
  /// and slots that have owners what their owners write; the theorems rest on it that nobody else does.
  package var searchClearance: Clearance {
    var clearance = Clearance(scope: .everywhere)
    clearance.order = .group
    clearance.kept = Set(
      description.invariants.filter { !$0.traits.theory.restsOnOwners }.map(\.name))
    return clearance
  }
}

/// A row by the number of its table and the bytes of its key.
package struct RowPlace: Hashable, Sendable {
  /// The table's number.
  package let table: Int
  /// The key.
  package let key: [UInt8]
}

extension SearchedStart {
  /// The rows that calls create which begin with the start, each once, in the order of the calls.
  ///
  /// - Throws: ``/MerganserModel/StorageError``, which states in memory do not.
  package func rowsCreated(by transactions: [AnyDeclaredTransaction]) throws -> [RowPlace] {
    var places: [RowPlace] = []
    for call in transactions.flatMap(\.calls) {
      var observed = ObservedTransaction()
      let next = try? state.transacting(
        as: Self.founder, founder: Self.founder, catalog: catalog,
        clearance: catalog.searchClearance, time: HybridTime(milliseconds: 1),
        observing: &observed, body: call.body)
      guard let next else { continue }
      for (number, table) in catalog.tables.enumerated()
      where !systemTableNames.contains(table.name) {
        var keys = try next.tables[number].keys()
        while let key = try keys.next() {
          let place = RowPlace(table: number, key: key)
          if try state.tables[number].row(key) == nil, !places.contains(place) {
            places.append(place)
          }
        }
      }
    }
    return places
  }
}

extension Transaction {
  /// Creates rows that are not there, with nothing in them.
  ///
  /// - Throws: ``/MerganserModel/TransactionError``.
  package func create(_ places: [RowPlace]) throws {
    guard let workspace = try open() as? Workspace else { return }
    for place in places { _ = try workspace.create(place.key, in: place.table) }
  }
}
