import MerganserDatabase
import MerganserModel
import MerganserTypes
import Synchronization

/// What the writer of a primary needs to run the requests that are open in the order.
final class Ordering: Sendable {
  let admission: Admission
  let wall: @Sendable () -> HybridTime
  /// The requests whose code this program does not have.
  let lacking = Mutex<Set<RequestID>>([])

  init?(_ admission: Admission, wall: @escaping @Sendable () -> HybridTime) {
    guard admission.ordersAny else { return nil }
    self.admission = admission
    self.wall = wall
  }
}

/// Runs requests that are open, each in a version of its own, behind the jobs of a group and stored with it.
///
/// The writer uses it, and nobody else.
final class OrderJob: Job, @unchecked Sendable {
  private let ordering: Ordering
  /// Whether there may be more to run.
  private(set) var isMoreOpen = false

  /// How many requests are run in one group, and how many bytes these write, at most but for the last.
  private static let limit = (requests: 256, bytes: 1 << 19)

  init(_ ordering: Ordering) { self.ordering = ordering }

  func run(on database: inout Database, writing versions: inout [StoredVersion]) {
    isMoreOpen = false
    guard database.isPrimary else { return }
    // What waits for something that comes is asked again behind each group.
    var passed = ordering.lacking.withLock { $0 }
    var bytes = 0
    for _ in 0..<Self.limit.requests {
      // What cannot be read now is tried again with the next group.
      guard bytes < Self.limit.bytes,
        let request = try? database.nextOpenRequest(except: passed),
        let step = try? database.order(
          request, by: ordering.admission, wall: ordering.wall(),
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
