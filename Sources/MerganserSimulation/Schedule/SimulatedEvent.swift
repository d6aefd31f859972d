/// One event of a schedule: what happens, where, and how much of it.
///
/// It can be carried out whatever happened before; where it makes no sense it does nothing. So any part of a schedule is a
/// schedule. As text it is `kind site other amount`, such as `deliver 0 2 64`.
struct SimulatedEvent: Hashable, Sendable {
  /// What happens.
  enum Kind: String, CaseIterable, Sendable {
    /// A transaction runs at a site; the other number is the transaction's, the amount what it draws from.
    case write
    /// A site's writer makes a step.
    case step
    /// A site's writer makes steps until it has nothing to do.
    case settle
    /// Two sites begin to sync, or, if the amount is not 0, to be linked.
    case connect
    /// A site has its link with the other one end once all that is there was sent.
    case drain
    /// Two sites sync until both have come to an end, or nothing comes from one to the other; or, if the amount is not 0, until
    /// one of them adopts a state.
    case sync
    /// What one site sent another comes there, at most so many bytes of it; 0 for a piece.
    case deliver
    /// What one site sent another comes not, twice, late or changed.
    case lose, `repeat`, reorder, damage
    /// The connection of two sites ends.
    case disconnect
    /// So many milliseconds pass.
    case pass
    /// Nothing comes from one site to another any more, or again.
    case block, unblock
    /// The sites part into two sides that follow from the amount, and nothing comes from one to the other any more.
    case split
    /// Everything comes from everywhere again.
    case mend
    /// A site's process ends.
    case crash
    /// A site's process ends at one of its next writes, before it or behind it.
    case crashBefore, crashBehind
    /// A site's process starts, with the program of the other number.
    case start
    /// A site's disk has no room, or has again.
    case fill, free
    /// One of a site's next writes fails.
    case fail
    /// One of a site's next writes is in doubt, and is not there, or is.
    case doubtWithout, doubtWith
    /// A block of a site's disk is damaged, which follows from the amount.
    case decay
    /// A site's clock runs so many milliseconds ahead, or behind.
    case ahead, behind
    /// A site's store is copied for later.
    case backUp
    /// A site's store is replaced by the last copy, and opened.
    case restore
    /// A site's store is copied, and the copy opened at a new site.
    case copy
    /// As `restore` and `copy`, and the store goes on as the replica that it was, as if nobody noticed.
    case restoreUnnoticed, copyUnnoticed
    /// A site's store leaves its branch of a fork for that of the other site, if the two have found that they parted.
    case heal
    /// A new site joins, with the program of the other number.
    case join
    /// A site forgets another.
    case forget
    /// A site asks to be the primary of the order.
    case takeOver
    /// A primary hands its office to the other site's replica.
    case handOver
    /// A primary has the order chosen by other voters, which follow from the amount.
    case changeVoters
    /// A site cancels one of the requests that were submitted.
    case cancel
  }

  var kind: Kind
  var site = 0
  var other = 0
  var amount: UInt64 = 0

  init(_ kind: Kind, site: Int = 0, other: Int = 0, amount: UInt64 = 0) {
    self.kind = kind
    self.site = site
    self.other = other
    self.amount = amount
  }
}

extension SimulatedEvent.Kind {
  /// Whether another site is there afterwards.
  var bringsSite: Bool {
    switch self {
    case .join, .copy, .copyUnnoticed: true
    default: false
    }
  }

  /// Whether it happens at a site.
  var hasSite: Bool {
    switch self {
    case .pass, .split, .mend, .join: false
    default: true
    }
  }

  /// Whether its other number is that of a site, too.
  var hasOtherSite: Bool {
    switch self {
    case .connect, .drain, .sync, .deliver, .lose, .repeat, .reorder, .damage, .disconnect, .block,
      .unblock, .heal, .forget, .handOver:
      true
    default: false
    }
  }
}

extension SimulatedEvent {
  /// The numbers of the sites that it has to do with.
  var sites: [Int] {
    (kind.hasSite ? [site] : []) + (kind.hasOtherSite ? [other] : [])
  }

  /// The event with other numbers of its sites.
  func renamed(by rename: (Int) -> Int) -> SimulatedEvent {
    var event = self
    if kind.hasSite { event.site = rename(site) }
    if kind.hasOtherSite { event.other = rename(other) }
    return event
  }
}

extension SimulatedEvent: CustomStringConvertible {
  /// The event as it stands in a schedule.
  var description: String { "\(kind.rawValue) \(site) \(other) \(amount)" }

  /// The event that a text is; `nil` if it is none.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 4, let kind = Kind(rawValue: String(words[0])), let site = Int(words[1]),
      let other = Int(words[2]), let amount = UInt64(words[3])
    else { return nil }
    self.init(kind, site: site, other: other, amount: amount)
  }
}
