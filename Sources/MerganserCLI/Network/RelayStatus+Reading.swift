#if Network
  import Foundation
  import Merganser
  import MerganserDatabase
  import MerganserLog
  import MerganserNetwork
  import MerganserSync
  import MerganserTypes
  import Synchronization

  /// What came and went by the links of a relay.
  final class RelayCounts: Sendable {
    private let sum = Mutex((received: 0, sent: 0, refused: 0))

    /// Takes notice of what came and went.
    func note(_ report: SyncReport) {
      sum.withLock { sum in
        sum.received += report.received
        sum.sent += report.sent
        sum.refused += report.refused.count + report.furtherRefusals
      }
    }

    var now: (received: Int, sent: Int, refused: Int) { sum.withLock { $0 } }
  }

  extension Relay {
    /// How it is.
    var status: RelayStatus {
      var status = RelayStatus(
        version: Program.version, replica: store.identity.replica.description,
        database: store.identity.founder.description, started: started.formatted(.iso8601))
      status.listening = listening.withLock { $0?.map(\.description) } ?? []
      var lags: [ReplicaID: UInt64] = [:]
      do {
        lags = store.peers.lags(behind: VersionVector(try store.snapshot().heads))
      } catch {
        status.trouble = "the store cannot be read: \(error)"
      }
      if listening.withLock({ $0 }) == nil { status.trouble = "it does not listen yet" }
      if isDraining.load(ordering: .relaxed) { status.trouble = "it is ending" }
      let all = listeners.map(\.status) + (connector.map { [$0.status] } ?? [])
      status.peers = all.flatMap(\.peers).map { peer in
        RelayStatus.Peer(
          address: peer.address, isIncoming: peer.isIncoming,
          replica: peer.replica?.description, state: peer.state.name,
          since: peer.since.formatted(.iso8601), lag: peer.replica.flatMap { lags[$0] },
          fault: peer.lastError.map { "\($0)" })
      }
      for one in all {
        status.receivedBytes += one.receivedBytes
        status.sentBytes += one.sentBytes
        status.refusedConnections += one.refused
        status.failedConnections += one.failed
        if let error = one.lastError { status.lastFault = "\(error)" }
        status.certificateEnd = one.certificateEnd?.formatted(.iso8601)
        if let end = one.certificateEnd, end < .now {
          status.trouble = status.trouble ?? "its certificate ended at \(end.formatted(.iso8601))"
        }
      }
      (status.received, status.sent, status.refused) = counts.now
      status.waiting = peer.waitingCount
      return status
    }

    /// How it is, now and again each second.
    var statuses: AsyncStream<RelayStatus> {
      AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let task = Task {
          while !Task.isCancelled {
            continuation.yield(status)
            try? await Task.sleep(for: .seconds(1))
          }
          continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
      }
    }
  }

  extension NetworkPeer.State {
    /// The state in a word.
    fileprivate var name: String {
      switch self {
      case .connecting: "connecting"
      case .linked: "linked"
      case .behind: "behind"
      case .draining: "draining"
      case .waiting: "waiting"
      }
    }
  }
#endif
