package import MerganserTypes

/// The row of a request, which only grows: what was submitted under its id, and what became of it.
///
/// | concurrent | committed | refused or rejected |
/// | --- | --- | --- |
/// | **committed** | both stay, and the earlier answers | the commit |
/// | **refused or rejected** | the commit | the earlier |
///
/// A refusal is dropped once a commit is known. Two commits are a request that ran twice: they are reported
/// until as many have been acknowledged as there are.
package struct RequestRecord: Equatable, Sendable {
  /// What was submitted, the earliest first.
  package private(set) var submissions = Earliest<RequestSubmission>()
  /// The commits, the earliest first.
  package private(set) var commits = Earliest<RequestExecution>()
  /// The earliest refusal or rejection, if there is one; none beside a commit.
  ///
  /// A violation is large, and rare: a row is small without one.
  private var refusals: [RequestExecution] = []
  /// How many commits somebody knows of.
  package private(set) var acknowledged = 0
  /// Whether somebody wants it not to run any more.
  package private(set) var isCancelled = false

  /// The row of which nothing is known.
  package init() {}

  /// The row of one processing.
  package init(_ execution: RequestExecution) {
    if execution.outcome.isCommitted {
      commits = Earliest(execution)
    } else {
      refusals = [execution]
    }
  }

  /// The earliest refusal or rejection; none beside a commit.
  package var refusal: RequestExecution? { refusals.first }

  /// Whether it was committed, refused or rejected.
  package var isProcessed: Bool { !commits.isBottom || !refusals.isEmpty }

  /// Whether the primary of a group is said to have processed it.
  package var isOrdered: Bool {
    (commits.elements + refusals).contains {
      if case .group = $0.executor { true } else { false }
    }
  }

  /// The row of something submitted.
  package init(_ submission: RequestSubmission) { submissions = Earliest(submission) }

  /// The row of which so many commits are acknowledged.
  package init(acknowledged: Int) {
    self.acknowledged = min(max(acknowledged, 0), Earliest<RequestExecution>.limit)
  }

  /// The row of something that is not to run any more.
  package static let cancelled: Self = {
    var record = Self()
    record.isCancelled = true
    return record
  }()

  /// What answers to a request.
  package enum Answer: Equatable {
    /// It was processed with this outcome.
    case processed(RequestOutcome)
    /// Other contents were, under the same id, with this outcome.
    case otherContents(RequestOutcome)
  }

  /// What answers to a request with the given contents; `nil` if it has not been processed.
  ///
  /// The earliest processing of the same contents does. Contents that are not known say nothing: they are
  /// the same as all others.
  package func answer(to contents: RequestContents?) -> Answer? {
    let executions = commits.isBottom ? refusals : commits.elements
    let same = executions.first {
      $0.contents == nil || contents == nil || $0.contents == contents
    }
    return same.map { .processed($0.outcome) }
      ?? executions.first.map { .otherContents($0.outcome) }
  }

  /// Whether it ran more than once, and that is not acknowledged.
  package var isToBeReported: Bool { commits.count > max(1, acknowledged) }
}

extension RequestRecord: LatticeStore, Replicated {
  /// Whether nothing is known.
  package var isBottom: Bool {
    submissions.isBottom && commits.isBottom && refusals.isEmpty && acknowledged == 0
      && !isCancelled
  }

  /// Joins each part; a commit takes the refusal's place.
  @discardableResult
  package mutating func merge(_ other: Self) -> Bool {
    var grew = submissions.merge(other.submissions)
    if commits.merge(other.commits) { grew = true }
    if !commits.isBottom {
      refusals = []
    } else if let theirs = other.refusal, refusal.map({ theirs < $0 }) ?? true {
      refusals = [theirs]
      grew = true
    }
    if other.acknowledged > acknowledged {
      acknowledged = other.acknowledged
      grew = true
    }
    if other.isCancelled, !isCancelled {
      isCancelled = true
      grew = true
    }
    return grew
  }

  /// Each submission, each commit, the refusal, the acknowledgement, and that it is not to run any more.
  package func decomposed() -> [Self] {
    submissions.elements.map { Self($0) } + commits.elements.map { Self($0) }
      + refusals.map { Self($0) }
      + (acknowledged > 0 ? [Self(acknowledged: acknowledged)] : [])
      + (isCancelled ? [.cancelled] : [])
  }
}

extension RequestRecord {
  /// Whether no other replica is said to have processed or submitted anything, and nothing later than `time`.
  ///
  /// Who is the primary of the order is not known here.
  package func canBeWritten(by replica: ReplicaID, at time: HybridTime) -> Bool {
    (commits.elements + refusals).allSatisfy {
      switch $0.executor {
      case .replica(let other): other == replica && $0.time <= time
      case .group(let group, _, _): group == orderGroup && $0.time <= time
      }
    } && submissions.elements.allSatisfy { $0.author == replica && $0.time <= time }
  }

  /// Says of `author` what was said from `before` to `after` of whom it stands for.
  @discardableResult
  package mutating func repeatChange(
    from before: Self, to after: Self, by author: inout Author
  ) throws(LatticeError) -> Self {
    let change = after.delta(since: before)
    let replica = author.replica
    let time = author.time
    func own(_ execution: RequestExecution) -> RequestExecution {
      RequestExecution(
        time: min(execution.time, time), executor: .replica(replica), contents: execution.contents,
        outcome: execution.outcome)
    }
    var delta = Self(acknowledged: change.acknowledged)
    delta.isCancelled = change.isCancelled
    for execution in change.commits.elements + change.refusals { delta.merge(Self(own(execution))) }
    for submission in change.submissions.elements {
      delta.merge(
        Self(
          RequestSubmission(
            time: min(submission.time, time), author: replica, contents: submission.contents)))
    }
    delta = delta.delta(since: self)
    merge(delta)
    return delta
  }
}

extension RequestRecord: BinaryCodable, BuiltInType {
  /// Appends the value's bytes.
  package func encode(to encoder: inout BinaryEncoder) {
    submissions.encode(to: &encoder)
    commits.encode(to: &encoder)
    refusal.encode(to: &encoder)
    encoder.encode(count: acknowledged + (isCancelled ? Self.cancellation : 0))
  }

  /// What is added to the count of acknowledged commits where it is not to run any more.
  private static let cancellation = 16

  /// Reads a value from its bytes.
  package init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
    submissions = try Earliest(from: &decoder)
    var start = decoder.offset
    commits = try Earliest(from: &decoder)
    guard commits.elements.allSatisfy(\.outcome.isCommitted) else {
      throw .invalidValue(offset: start, expected: "commits alone")
    }
    start = decoder.offset
    if let refusal = try RequestExecution?(from: &decoder) {
      guard commits.isBottom, !refusal.outcome.isCommitted else {
        throw .invalidValue(offset: start, expected: "a refusal, and none beside a commit")
      }
      refusals = [refusal]
    }
    start = decoder.offset
    var count = try decoder.decodeVarint()
    if count >= UInt64(Self.cancellation) {
      isCancelled = true
      count -= UInt64(Self.cancellation)
    }
    guard count <= UInt64(Earliest<RequestExecution>.limit) else {
      throw .invalidValue(
        offset: start, expected: "at most \(Earliest<RequestExecution>.limit) commits")
    }
    acknowledged = Int(count)
  }
}

extension RequestRecord: CustomStringConvertible {
  /// What became of the request.
  package var description: String {
    if commits.count > 1 {
      let all = commits.elements.map { "\($0.time) by \($0.executor)" }.joined(separator: ", ")
      return "committed \(commits.count) times (\(all))\(isToBeReported ? "" : ", acknowledged")"
    }
    if let only = commits.elements.first ?? refusal { return "\(only.outcome)" }
    if isCancelled { return "cancelled" }
    return submissions.isBottom ? "acknowledged" : "submitted"
  }
}
