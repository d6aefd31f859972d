import MerganserTypes

extension Snapshot {
  /// The places where an invariant that can be told from the schema's description does not hold.
  ///
  /// There are none in a database that this program wrote: what could break an invariant is refused
  /// before it is written. A tool asks, to be sure of what it found on a disk. ``Bounds`` are checked in
  /// value and in rights, and a ``ForeignKey`` for every row.
  ///
  /// - Complexity: O(number of rows × number of replicas).
  public func brokenInvariants() throws -> [InvariantViolation] {
    var broken: [InvariantViolation] = []
    for number in catalog.tables.indices {
      if let bounds = catalog.rules.tables[number].bounds {
        broken += try brokenBounds(bounds, in: number)
      }
    }
    for key in catalog.rules.foreignKeys { broken += try orphans(of: key) }
    return broken
  }

  private func brokenBounds(_ bounds: Bounds, in number: Int) throws -> [InvariantViolation] {
    let table = catalog.tables[number]
    var broken: [InvariantViolation] = []
    func report(_ key: [UInt8], _ found: String, _ needed: String) {
      broken.append(
        InvariantViolation(
          invariant: bounds.name, table: table.name, key: table.text(ofKey: key), found: found,
          needed: needed, shortfall: nil))
    }
    var entries = try state.tables[number].rows.entries()
    while let (key, any) = try entries.next() {
      let row = any.typed(as: EscrowCounter.self)
      guard let count = bounds.count(any) else { continue }
      if let lower = bounds.lower, count < lower {
        report(key, "the value is \(count)", "at least \(lower)")
      }
      if let upper = bounds.upper, count > upper {
        report(key, "the value is \(count)", "at most \(upper)")
      }
      let view = EscrowView(
        row.incarnations, limits: bounds.limits, founder: founder, succession: state.succession)
      for (replica, _) in vector {
        for direction in [EscrowCounter.Direction.decrement, .increment] {
          guard let rights = try view.exactRights(of: replica, towards: direction), rights < 0
          else { continue }
          report(
            key, "\(replica.shortDescription) holds rights to \(direction.rawValue) by \(rights)",
            "no less than 0")
        }
      }
    }
    return broken
  }

  private func orphans(of key: ForeignKeyRule) throws -> [InvariantViolation] {
    let (child, parent) = (catalog.tables[key.child], catalog.tables[key.parent])
    var orphans: [InvariantViolation] = []
    var rows = try state.tables[key.child].keys()
    while let row = try rows.next() {
      let parentKey = key.parentKey(of: row)
      guard try state.tables[key.parent].incarnations(of: parentKey).isEmpty else { continue }
      orphans.append(
        InvariantViolation(
          invariant: key.name, table: child.name, key: child.text(ofKey: row),
          found: "no row \(parent.text(ofKey: parentKey)) in \(parent.name)", needed: "that row",
          shortfall: nil))
    }
    return orphans
  }
}
