import Merganser

/// What the branches asked the desk for while they were apart, and what came of it, for the report.
struct DeskHistory: Sendable {
  /// What a branch showed of a request that was open.
  struct Shown: Sendable {
    var request: RequestID
    var place: Place
    var wish: DeskWish
    /// What would have come of it there.
    var answer: DeskAnswer
  }

  /// What all of them show of it since it was decided.
  struct Decided: Hashable, Sendable {
    var request: RequestID
    var place: Place
    var wish: DeskWish
    /// Its number in the order.
    var number: UInt64
    var answer: DeskAnswer
  }

  /// By branch, in its own order.
  var shown: [Shown] = []
  /// In the order that is committed.
  var decided: [Decided] = []
  /// How many branches vote.
  var voters = 0

  /// What a branch showed, in its own order.
  func shown(by place: Place) -> [Shown] { shown.filter { $0.place == place } }
}
