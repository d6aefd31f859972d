package import MerganserModel
import MerganserTypes

/// The requests that were submitted to the order, and of which it is not known what came of them.
///
/// They are in the order in which they run: that of their times, which extends causality, and of their ids. A copy costs nothing.
package struct OpenRequests: Sendable {
  /// By place, a time and an id: the request.
  private var requests = OrderedMap<RequestID>()
  /// By request: when it was submitted first.
  private var times = OrderedMap<HybridTime>()

  /// How many there are.
  package var count: Int { requests.count }

  /// The first ones, but for those that are to be passed over.
  ///
  /// - Complexity: O(log *n*), and O(1) for each that is passed over.
  package func first(_ count: Int, except passed: Set<RequestID>) -> [RequestID] {
    var found: [RequestID] = []
    var entries = requests.entries()
    while found.count < count, let (_, request) = entries.next() {
      if !passed.contains(request) { found.append(request) }
    }
    return found
  }

  /// Takes notice of what is known of a request.
  mutating func note(_ request: RequestID, record: RequestRecord?) {
    let submitted = record.flatMap { $0.isProcessed ? nil : $0.submissions.elements.first?.time }
    let known = times[request.bytes]
    if submitted == known { return }
    if let known { requests[Self.place(of: request, at: known)] = nil }
    if let submitted { requests[Self.place(of: request, at: submitted)] = request }
    times[request.bytes] = submitted
  }

  private static func place(of request: RequestID, at time: HybridTime) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: time.bits >> UInt64(8 * (7 - $0))) } + request.bytes
  }
}
