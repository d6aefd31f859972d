extension SimulatedEvent {
  /// What happens, as a person reads it.
  ///
  /// - Parameter transactions: the transactions that writes name by their numbers.
  /// - Returns: a sentence.
  func text(of transactions: [SimulatedTransaction]) -> String {
    let here = "site \(site)"
    let there = "site \(other)"
    return switch kind {
    case .write:
      "\(here) runs \"\(transactions.indices.contains(other) ? transactions[other].name : "nothing")\" (drawn from \(amount))"
    case .step: "\(here)'s writer makes a step"
    case .settle: "\(here)'s writer does all that there is to do"
    case .connect: "\(here) and \(there) \(amount > 0 ? "are linked" : "begin to sync")"
    case .drain: "\(here) drains its link with \(there)"
    case .sync:
      "\(here) and \(there) sync\(amount > 0 ? ", until one of them adopts the other's state" : "")"
    case .deliver, .lose, .repeat, .reorder, .damage, .disconnect, .block, .unblock, .pass, .split,
      .mend:
      networkText(from: here, to: there)
    case .crash, .crashBefore, .crashBehind, .start, .fill, .free, .fail, .doubtWithout, .doubtWith,
      .decay, .ahead, .behind:
      machineText(of: here)
    case .backUp, .restore, .restoreUnnoticed, .copy, .copyUnnoticed, .heal, .join, .forget:
      operatorText(at: here, and: there)
    case .takeOver: "\(here) asks to be the primary of the order"
    case .handOver: "\(here) hands the office of the primary to \(there)"
    case .changeVoters: "\(here) asks the order for other voters"
    case .cancel: "\(here) cancels a request"
    }
  }

  /// What happens on the way from one site to another.
  private func networkText(from here: String, to there: String) -> String {
    switch kind {
    case .deliver where amount > 0: "\(here) → \(there): up to \(amount) bytes come"
    case .deliver: "\(here) → \(there): what was sent first comes"
    case .lose: "\(here) → \(there): what was sent first is lost"
    case .repeat: "\(here) → \(there): what was sent first comes twice"
    case .reorder: "\(here) → \(there): what was sent first comes later than what follows"
    case .damage: "\(here) → \(there): a byte of what was sent is changed"
    case .disconnect: "the connection of \(here) and \(there) ends"
    case .block: "nothing comes from \(here) to \(there) any more"
    case .unblock: "what \(here) sends comes to \(there) again"
    case .split: "the network parts into two sides"
    case .mend: "everything comes from everywhere again"
    default: "\(amount) ms pass"
    }
  }

  /// What happens to a site's process, its disk or its clock.
  private func machineText(of here: String) -> String {
    let write = amount == 0 ? "next write" : "write after \(amount) others"
    return switch kind {
    case .crash: "\(here) crashes, and what was not on its disk is lost"
    case .crashBefore: "\(here) is to crash at its \(write), which does not reach the disk"
    case .crashBehind: "\(here) is to crash at its \(write), which is on the disk"
    case .start: "\(here) starts, with program \(other)"
    case .fill: "\(here)'s disk has no room any more"
    case .free: "\(here)'s disk has room again"
    case .fail: "\(here)'s \(write) is to fail"
    case .doubtWithout: "\(here)'s \(write) is to be in doubt, and is not on the disk"
    case .doubtWith: "\(here)'s \(write) is to be in doubt, and is on the disk"
    case .decay: "a block of \(here)'s disk is damaged"
    case .ahead: "\(here)'s clock runs \(amount) ms ahead"
    default: "\(here)'s clock runs \(amount) ms behind"
    }
  }

  /// What an operator does.
  private func operatorText(at here: String, and there: String) -> String {
    switch kind {
    case .backUp: "\(here)'s store is backed up"
    case .restore: "\(here)'s last backup takes its store's place, as another replica"
    case .restoreUnnoticed: "\(here)'s last backup takes its store's place, and nobody notices"
    case .copy: "\(here)'s store is copied, and the copy opened at a new site, as another replica"
    case .copyUnnoticed:
      "\(here)'s store is copied, and the copy opened at a new site: nobody notices"
    case .heal: "\(here) leaves its branch of a fork for that of \(there)"
    case .join: "a new site joins, with program \(other)"
    default: "\(here) forgets the replica of \(there)"
    }
  }
}
