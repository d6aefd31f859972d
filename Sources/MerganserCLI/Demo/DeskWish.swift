import Merganser

/// What is asked of the desk.
enum DeskWish: Hashable, Sendable {
  /// A payment name for a customer.
  case name(String, holder: String)
  /// A room for a meeting, from an hour on.
  case meeting(String, room: String, hour: Int)

  /// As a person asks for it.
  var text: String {
    switch self {
    case .name(let name, let holder): "name \(name) for \(holder)"
    case .meeting(let meeting, let room, let hour): "room \(room) \(Self.span(hour)) for \(meeting)"
    }
  }

  /// The hours of a meeting.
  static func span(_ hour: Int) -> String { "\(hour) to \(hour + DemoDesk.length)" }

  /// What came of it, or would come of it.
  func answer(by outcome: RequestOutcome) throws -> DeskAnswer {
    switch outcome {
    case .rejected(let reason): return .rejected(reason: reason)
    case .refused(let violation): return .rejected(reason: "\(violation)")
    case .committed:
      guard case .meeting(_, _, let hour) = self else { return .granted }
      let found = try outcome.result(as: Int.self) ?? hour
      return found == hour ? .granted : .moved(hour: found)
    }
  }
}

/// What comes of a wish.
enum DeskAnswer: Hashable, Sendable {
  /// It is as it was wished.
  case granted
  /// The transaction's merge procedure found another hour.
  case moved(hour: Int)
  /// It is not to be had.
  case rejected(reason: String)

  /// As it is told once it is decided.
  var text: String {
    switch self {
    case .granted: "committed"
    case .moved(let hour): "moved: \(DeskWish.span(hour))"
    case .rejected(let reason): "rejected: \(reason)"
    }
  }

  /// As it is told before that, behind the word that it is tentative.
  var tentativeText: String {
    switch self {
    case .granted: "granted"
    case .moved(let hour): "moved, \(DeskWish.span(hour))"
    case .rejected: "rejected"
    }
  }
}
