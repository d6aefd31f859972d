extension String {
  /// How many bytes of a text that another replica sent are shown in an error.
  package static let shownLength = 400

  /// The text, or the beginning of a long one, with control characters by their numbers.
  ///
  /// What others send ends in terminals and logs, and a list of errors stays in memory.
  package var shortened: String {
    let shown = beginning.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.properties.generalCategory == .control {
        text += scalar.escaped(asASCII: true)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return shown.beginning
  }

  private var beginning: String {
    guard utf8.count > Self.shownLength else { return self }
    var end = startIndex
    var length = 0
    while end < endIndex {
      length += self[end].utf8.count
      if length > Self.shownLength { break }
      end = index(after: end)
    }
    return "\(self[..<end])…"
  }
}

extension UnreadableRow {
  fileprivate var shortened: Self {
    Self(table: table.shortened, key: key.shortened, reason: reason.shortened)
  }
}

extension LayoutDifference {
  fileprivate var shortened: Self {
    Self(
      table: table.shortened, type: type?.shortened, expected: expected.shortened,
      found: found.shortened)
  }
}

extension ReplicationError {
  /// The same error, with what others sent of a bounded length.
  package var shortened: Self {
    switch self {
    case .malformed(let origin, let sequence, let reason):
      .malformed(origin: origin, sequence: sequence, reason: reason.shortened)
    case .unreadable(let origin, let sequence, let row):
      .unreadable(origin: origin, sequence: sequence, row: row.shortened)
    case .unreadableState(let row): .unreadableState(row.shortened)
    case .cutsDiffer(let identity, let ours, let theirs):
      .cutsDiffer(of: identity, ours: ours.shortened, theirs: theirs.shortened)
    case .breaksInvariant(let origin, let sequence, let invariant, let reason):
      .breaksInvariant(
        origin: origin, sequence: sequence, invariant: invariant.shortened,
        reason: reason.shortened)
    case .lacksRights(let origin, let sequence, let table, let key, let missing):
      .lacksRights(
        origin: origin, sequence: sequence, table: table.shortened, key: key.shortened,
        missing: missing)
    case .ownedElsewhere(let origin, let sequence, let name, let owner):
      .ownedElsewhere(origin: origin, sequence: sequence, name: name.shortened, owner: owner)
    case .malformedSchema(let reason): .malformedSchema(reason: reason.shortened)
    case .otherLayout(let difference): .otherLayout(difference.shortened)
    case .uncheckedInvariant(let invariant, let replica):
      .uncheckedInvariant(invariant.shortened, lackedBy: replica)
    case .unknownTable(let origin, let sequence, let table):
      .unknownTable(origin: origin, sequence: sequence, table: table.shortened)
    case .malformedState(let reason): .malformedState(reason: reason.shortened)
    case .needsReplica(let replica, let reason):
      .needsReplica(replica, reason: reason.shortened)
    case .unexpectedMessage(let what): .unexpectedMessage(what.shortened)
    case .refusedByPeer(let reason, let isForGood):
      .refusedByPeer(reason: reason.shortened, isForGood: isForGood)
    case .removesRows, .exceedsLimit, .untrustedState, .stateOvertaken, .forkedHistory,
      .restsOnOtherBranch, .beyondCut, .holdsBeyondCut, .beyondOwnHistory, .unverifiable,
      .notCompared,
      .fromTheFuture, .stateFromTheFuture, .otherDatabase, .otherSchema, .otherPlan, .sameReplica:
      self
    }
  }
}
