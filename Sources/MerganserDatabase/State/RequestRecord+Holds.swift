import MerganserModel
import MerganserTypes

/// A call that was submitted with a local part.
struct HeldCall {
  let call: OrderedCall
  /// Where the local part ran.
  let holder: ReplicaID
  /// Who submitted it: the holder or, after a fork was healed, its heir; whoever else names a holder has taken nothing
  /// there.
  let author: ReplicaID
}

extension RequestRecord {
  /// What was submitted with a local part.
  var heldCalls: [HeldCall] {
    submissions.elements.compactMap { submission in
      guard let call = try? OrderedCall(binaryEncoded: submission.contents),
        let holder = call.holder
      else { return nil }
      return HeldCall(call: call, holder: holder, author: submission.author)
    }
  }

  /// Whether something was submitted with a local part.
  var holds: Bool { !heldCalls.isEmpty }

  /// What came of a call that was submitted with a local part; `nil` if nothing has yet.
  ///
  /// Where something else ran under the id, what was taken is given back.
  func outcome(of held: HeldCall) -> RequestOutcome? {
    switch answer(to: RequestContents(held.call)) {
    case .processed(let outcome): outcome
    case .otherContents: .rejected(reason: "another request has its id")
    case nil: nil
    }
  }
}
