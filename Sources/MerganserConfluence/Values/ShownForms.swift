import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The states of a search over what is shown, as databases in each of their forms, and what invariants say of them.
struct ShownForms {
  private let catalog: Catalog
  private let founder: ReplicaID
  private let invariants: [BoundInvariant]
  /// The places of the invariants that are code.
  private let coded: [Int]

  init(of workload: Workload) {
    catalog = workload.catalog
    founder = Workload.replicas[0]
    let invariants = workload.invariants
    self.invariants = invariants
    coded = invariants.indices.filter { invariants[$0].invariant.description.traits.isCode }
  }

  /// A database that shows a state, in one of its forms.
  func database(_ state: [UInt32], in rows: ShownRows, form: Int) throws -> DatabaseState {
    var vector = VersionVector()
    for writer in [.plain] + ShownForm.writers { vector[writer] = ShownRows.firstNumber - 1 }
    return try DatabaseState.holding(
      state.compactMap { number in
        rows[number].map {
          let slot = rows.slots[$0.slot]
          return (table: slot.table, key: slot.key, row: $0.all[form])
        }
      }, after: vector, catalog: catalog)
  }

  /// By form of a state: the first one that is the same in every byte.
  func kinds(of state: [UInt32], in rows: ShownRows) -> [Int] {
    let forms = state.compactMap { rows[$0]?.kinds }
    var firsts: [[UInt8]: Int] = [:]
    return ShownForm.all.indices.map { form in
      let kinds = forms.map { $0[form] }
      if let first = firsts[kinds] { return first }
      firsts[kinds] = form
      return form
    }
  }

  /// The invariants that do not hold of a state, each a bit.
  ///
  /// - Parameters:
  ///   - state: the state.
  ///   - rows: the rows that it names.
  ///   - count: how many states are known; the drawn forms are tried in turn.
  /// - Returns: a bit for each, and how many databases were asked.
  /// - Throws: ``NotShown``; what a condition throws.
  func broken(_ state: [UInt32], in rows: ShownRows, count: Int) throws -> (
    bits: UInt64, asked: Int
  ) {
    func snapshot(_ form: Int) throws -> Snapshot {
      Snapshot(
        catalog: catalog, founder: founder, state: try database(state, in: rows, form: form))
    }
    let plain = try snapshot(ShownForm.plain)
    var broken: UInt64 = 0
    for (place, invariant) in invariants.enumerated() where try invariant.isBroken(in: plain) {
      broken |= 1 << UInt64(place)
    }
    // What is code may read more than shows.
    if coded.isEmpty { return (broken, 1) }
    let kinds = kinds(of: state, in: rows)
    let fixed = ShownForm.today..<ShownForm.drawn.lowerBound
    let drawn = ShownForm.drawn(forState: count)
    var found = [ShownForm.plain: coded.map { broken & (1 << UInt64($0)) != 0 }]
    for form in Array(fixed) + Array(drawn) where found[kinds[form]] == nil {
      let snapshot = try snapshot(form)
      found[kinds[form]] = try coded.map { try invariants[$0].isBroken(in: snapshot) }
    }
    for (place, number) in coded.enumerated() {
      let name = invariants[number].name
      let all = kinds.map { found[$0]?[place] }
      try requireSame(Array(all[..<ShownForm.drawn.lowerBound]), of: name)
      for form in drawn where all[form] != all[ShownForm.plain] { throw NotShown.hidden(name) }
    }
    return (broken, found.count)
  }

  /// Refuses what comes out differently by forms that show the same.
  func requireSame<Found: Equatable>(_ found: [Found], of name: String) throws(NotShown) {
    // What compares times or names as well is decided by histories, which know no numbers.
    let computes =
      found[ShownForm.today] != found[ShownForm.plain]
      || ShownForm.numbered.contains(where: { found[$0.form] != found[$0.beside] })
    if computes { throw .computesWithTimes(name) }
    let alike = Array(ShownForm.mixed) + Array(ShownForm.repeated)
    for form in alike where found[form] != found[ShownForm.plain] { throw .hidden(name) }
  }
}
