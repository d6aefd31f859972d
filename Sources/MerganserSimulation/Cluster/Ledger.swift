import Merganser

/// What transactions were answered since it was looked at last.
///
/// It is used by one thread.
final class Ledger: @unchecked Sendable {
  struct Answer {
    let site: Int
    let session: Int
    let name: String
    let result: SteppedReplica.Answered
    /// The number of the call of a register that was submitted; `nil` if none was.
    var call: Int?
    /// The client's call that it was; `nil` if it was no client's.
    var sessionCall: Cluster.SessionCall?
  }

  private var answers: [Answer] = []

  func note(_ answer: Answer) { answers.append(answer) }

  func take() -> [Answer] {
    if answers.isEmpty { return [] }
    defer { answers = [] }
    return answers
  }
}
