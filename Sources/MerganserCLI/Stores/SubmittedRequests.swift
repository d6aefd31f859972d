import Merganser
import MerganserDatabase
import MerganserModel
import MerganserTypes

/// What was submitted to the order, as far as a snapshot knows.
struct SubmittedRequests {
  /// What is known of a request.
  struct Entry {
    let request: RequestID
    let submission: RequestSubmission?
    let execution: RequestExecution?
    let isCancelled: Bool

    /// What it asks for.
    var call: OrderedCall? {
      submission.flatMap { try? OrderedCall(binaryEncoded: $0.contents) }
    }

    /// Its place among those that were decided.
    var place: (epoch: UInt64, number: UInt64)? {
      if case .group(_, let epoch, let number)? = execution?.executor {
        (epoch, number)
      } else {
        nil
      }
    }
  }

  /// Those of which it is not known what came of them, in the order in which they are to run.
  private(set) var open: [Entry] = []
  /// Those that were decided, in the order in which they were.
  private(set) var decided: [Entry] = []

  /// Reads what a snapshot knows.
  init(_ snapshot: Snapshot) throws {
    try snapshot.forEachRow(of: requestTable) { request, record in
      if try snapshot.isExpired(request) { return true }
      let execution = record.commits.elements.first ?? record.refusal
      let entry = Entry(
        request: request, submission: record.submissions.elements.first, execution: execution,
        isCancelled: record.isCancelled)
      if entry.place != nil {
        decided.append(entry)
      } else if execution == nil, entry.submission != nil {
        open.append(entry)
      }
      return true
    }
    decided.sort { ($0.place ?? (0, 0)) < ($1.place ?? (0, 0)) }
    open.sort { one, other in
      let times = (one.submission?.time ?? .zero, other.submission?.time ?? .zero)
      if times.0 != times.1 { return times.0 < times.1 }
      return one.request.bytes.lexicographicallyPrecedes(other.request.bytes)
    }
  }
}
