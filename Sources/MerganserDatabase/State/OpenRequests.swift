package import MerganserModel
package import MerganserTypes

/// The requests that were submitted to the order, and of which it is not known what came of them.
///
/// They are in the order in which they run: that of their times, which extends causality, and of their ids. A copy costs nothing.
package struct OpenRequests: Sendable {
  /// By place, a time and an id: the request.
  private var requests = OrderedMap<RequestID>()
  /// By request: when it was submitted first, by whom, and how long its contents are.
  private var submitted = OrderedMap<Submitted>()
  /// By replica: what it has submitted that is open.
  private var usages: [ReplicaID: Usage] = [:]

  /// By the id of their ends: what was taken for requests and is neither used nor given back.
  private var holds = OrderedMap<OpenHold>()
  /// By holder: those of ``holds`` whose requests have ended.
  private var ended: [ReplicaID: OrderedMap<OpenHold>] = [:]

  private struct Submitted: Equatable {
    let time: HybridTime
    let author: ReplicaID
    let length: Int
  }

  /// How much of a replica's is open.
  package struct Usage: Equatable, Sendable {
    /// How many requests.
    package fileprivate(set) var count = 0
    /// How many bytes their contents have.
    package fileprivate(set) var bytes = 0
  }

  /// How much is open that a replica has submitted.
  package func usage(by author: ReplicaID) -> Usage { usages[author] ?? Usage() }

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

  /// What was taken for requests that are open, or have ended since, in the order of these.
  package var openHolds: [OpenHold] { Self.values(of: holds) }

  /// The holds whose requests have ended, of the holders that are looked for.
  ///
  /// - Complexity: O(*h* log *h* + *n*), *h* the number of holders, and *n* that of their holds.
  func endedHolds(ofHolders isLookedFor: (ReplicaID) -> Bool) -> [OpenHold] {
    ended.keys.filter(isLookedFor).sorted().flatMap { Self.values(of: ended[$0] ?? OrderedMap()) }
  }

  private static func values(of map: OrderedMap<OpenHold>) -> [OpenHold] {
    var found: [OpenHold] = []
    var entries = map.entries()
    while let (_, hold) = entries.next() { found.append(hold) }
    return found
  }

  /// Takes notice that a hold was ended.
  mutating func remove(_ hold: OpenHold) { remove(hold.end, of: hold.holder) }

  private mutating func remove(_ end: RequestID, of holder: ReplicaID) {
    holds[end.bytes] = nil
    ended[holder]?[end.bytes] = nil
    if ended[holder]?.isEmpty ?? false { ended[holder] = nil }
  }

  /// Takes notice of what is known of the holds of a request.
  private mutating func noteHolds(_ request: RequestID, record: RequestRecord?) {
    if let home = request.home, record?.isProcessed ?? false { remove(request, of: home) }
    for held in record?.heldCalls ?? [] {
      guard let end = request.followUp(at: held.holder) else { continue }
      let hold = OpenHold(request: request, holder: held.holder, end: end)
      holds[end.bytes] = hold
      if record?.outcome(of: held) != nil {
        ended[held.holder, default: OrderedMap()][end.bytes] = hold
      }
    }
  }

  /// Takes notice of what is known of a request.
  mutating func note(_ request: RequestID, record: RequestRecord?) {
    noteHolds(request, record: record)
    let first = record.flatMap { $0.isProcessed ? nil : $0.submissions.elements.first }
    let now = first.map {
      Submitted(time: $0.time, author: $0.author, length: $0.contents.count)
    }
    let known = submitted[request.bytes]
    if now == known { return }
    if let known {
      requests[Self.place(of: request, at: known.time)] = nil
      count(known, by: -1)
    }
    if let now {
      requests[Self.place(of: request, at: now.time)] = request
      count(now, by: 1)
    }
    submitted[request.bytes] = now
  }

  private mutating func count(_ request: Submitted, by sign: Int) {
    var usage = usage(by: request.author)
    usage.count += sign
    usage.bytes += sign * request.length
    usages[request.author] = usage.count > 0 ? usage : nil
  }

  private static func place(of request: RequestID, at time: HybridTime) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: time.bits >> UInt64(8 * (7 - $0))) } + request.bytes
  }
}

/// What was taken for a request by its local part, and is neither used nor given back.
package struct OpenHold: Equatable, Sendable {
  /// The request.
  package let request: RequestID
  /// The replica at which it was taken.
  package let holder: ReplicaID
  /// The id of what ends it.
  package let end: RequestID
}
