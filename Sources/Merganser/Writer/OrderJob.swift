import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization

/// What the writer needs to run the requests that are open in the order, and to vote.
final class Ordering: Sendable {
  /// What a primary is to propose beside requests.
  struct Change: Equatable {
    var voters: OrderVoters?
    var successor: ReplicaID?
  }

  let admission: Admission
  let wall: @Sendable () -> HybridTime
  /// The requests whose code this program does not have.
  let lacking = Mutex<Set<RequestID>>([])
  /// What is to be proposed next, besides requests.
  let change = Mutex<Change?>(nil)
  /// By request: why its hold could not be ended, as it was told last.
  private let stuck = Mutex<[RequestID: String]>([:])

  init(_ admission: Admission, wall: @escaping @Sendable () -> HybridTime) {
    self.admission = admission
    self.wall = wall
  }

  /// Tells of holds that could not be ended, each once as long as the reason is the same.
  func note(
    _ holds: [Database.StuckHold], telling tell: (RequestID, any Error) -> Void
  ) {
    let news = stuck.withLock { stuck in
      let before = stuck
      stuck = Dictionary(holds.map { ($0.request, "\($0.error)") }) { first, _ in first }
      return holds.filter { stuck[$0.request] != before[$0.request] }
    }
    for hold in news { tell(hold.request, hold.error) }
  }
}

/// Runs requests that are open, each in a version of its own, behind the jobs of a group and stored with it; where voters
/// choose, it votes, proposes, and takes in what is chosen.
///
/// The writer uses it, and nobody else.
final class OrderJob: Job, @unchecked Sendable {
  private let ordering: Ordering
  private let history: any VersionHistory
  private let tellOfStuckHold: @Sendable (RequestID, any Error) -> Void
  /// Whether there may be more to run.
  private(set) var isMoreOpen = false

  /// How many requests are run in one group, and how many bytes these write, at most but for the last.
  private static let limit = (requests: 256, bytes: 1 << 19)
  /// How many things are done in one group that the rows of the order ask for.
  private static let stepLimit = 64

  init(
    _ ordering: Ordering, history: any VersionHistory,
    tellingOfStuckHolds tell: @escaping @Sendable (RequestID, any Error) -> Void
  ) {
    self.ordering = ordering
    self.history = history
    tellOfStuckHold = tell
  }

  func run(on database: inout Database, writing versions: inout [StoredVersion]) {
    isMoreOpen = false
    // What cannot be read now is tried again with the next group.
    do {
      let change = ordering.change.withLock { $0 }
      if try database.isVotedOn || change != nil {
        try keep(&database, changing: change, writing: &versions)
      } else if ordering.admission.ordersAny, try database.isSolePrimary {
        runRequests(on: &database, in: nil, writing: &versions)
      }
    } catch {}
    if ordering.admission.holdsAny { endHolds(on: &database, writing: &versions) }
  }

  /// Uses or gives back what was taken for requests that have ended.
  private func endHolds(on database: inout Database, writing versions: inout [StoredVersion]) {
    guard
      let ended = try? database.endHolds(
        by: ordering.admission, limit: Self.limit.requests, wall: ordering.wall(),
        limited: ordering.admission.timed)
    else { return }
    versions += ended.versions
    if ended.versions.count >= Self.limit.requests { isMoreOpen = true }
    ordering.note(ended.stuck, telling: tellOfStuckHold)
  }

  /// Does what the rows of the order ask for, and proposes what is open.
  private func keep(
    _ database: inout Database, changing change: Ordering.Change?,
    writing versions: inout [StoredVersion]
  ) throws {
    var change = change
    for _ in 0..<Self.stepLimit {
      let written = try database.keepOrder(wall: ordering.wall(), history: history)
      versions += written
      if !written.isEmpty { continue }
      guard let (started, epoch) = try database.ordering() else { return }
      var orderer = started
      var batch: [StoredVersion] = []
      // Before the first change is chosen the order's identity has no office, and would reject what it runs.
      if ordering.admission.ordersAny, try database.isVotedOn {
        runRequests(on: &orderer, in: epoch, writing: &batch)
        isMoreOpen = false
      }
      if batch.isEmpty, change == nil { return }
      let proposal = try database.propose(
        batch, on: orderer, voters: change?.voters, successor: change?.successor,
        wall: ordering.wall())
      guard let proposal else { return }
      versions.append(proposal)
      if change != nil {
        ordering.change.withLock { if $0 == change { $0 = nil } }
        change = nil
      }
    }
    isMoreOpen = true
  }

  private func runRequests(
    on database: inout Database, in epoch: UInt64?, writing versions: inout [StoredVersion]
  ) {
    // What waits for something that comes is asked again behind each group.
    var passed = ordering.lacking.withLock { $0 }
    var bytes = 0
    for _ in 0..<Self.limit.requests {
      guard bytes < Self.limit.bytes,
        let request = try? database.nextOpenRequest(except: passed),
        let step = try? database.order(
          request, by: ordering.admission, in: epoch, wall: ordering.wall(),
          limited: ordering.admission.timed)
      else {
        isMoreOpen = bytes >= Self.limit.bytes
        return
      }
      switch step {
      case .ran(let version?):
        versions.append(version)
        bytes += version.payload.count
      case .ran(nil), .gone: break
      case .lacksCode:
        passed.insert(request)
        ordering.lacking.withLock { _ = $0.insert(request) }
      case .waits: passed.insert(request)
      }
    }
    isMoreOpen = true
  }

  func finish() {}

  func fail(_ error: StorageError) {}
}
