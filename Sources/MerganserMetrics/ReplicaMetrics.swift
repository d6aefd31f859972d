#if Metrics
  import CoreMetrics
  import Merganser
  import Synchronization

  /// What a replica does, as metrics under `merganser.`.
  ///
  /// | metric | kind | of |
  /// | --- | --- | --- |
  /// | `commits`, `commit_failures` | counter | versions stored; groups that could not be |
  /// | `group_size`, `group_bytes` | recorder | versions stored together; their bytes |
  /// | `append_duration` | timer | storing a group, with the wait for the disk |
  /// | `checkpoint_lag` | gauge | bytes of versions that no checkpoint has begun to store |
  /// | `checkpoint_steps`, `checkpoints` | counter | parts of checkpoints stored; checkpoints completed |
  /// | `checkpoint_step_duration` | timer | making and storing a part |
  /// | `log_bytes` | gauge | the log's size |
  /// | `truncated_bytes` | counter | what was taken out of the log |
  /// | `maintenance_failures` | counter | parts of checkpoints and truncations that failed |
  /// | `snapshots` | gauge | snapshots of the store that this process keeps |
  /// | `oldest_snapshot_age` | gauge | seconds for which an outdated one keeps room from being used again |
  /// | `cache_hits`, `cache_misses` | counter | stored rows that were found in memory; that were not |
  /// | `cache_bytes` | gauge | stored rows kept in memory |
  /// | `peers`, `peer_lag` | gauge | known peers; writes that the furthest behind of them lacks |
  /// | `executed_twice` | counter | requests that committed at several replicas |
  /// | `void_rows` | counter | rows that were told to be void, each time they were |
  /// | `stuck_holds` | counter | holds that were told not to end, each time they were |
  /// | `syncs`, `sync_failures` | counter | syncs that ended well; others |
  /// | `received_versions`, `sent_versions`, `refused_versions`, `received_states` | counter | what syncs brought |
  struct ReplicaMetrics: Sendable {
    private let commits, commitFailures, checkpointSteps, checkpoints, truncatedBytes: Counter
    private let maintenanceFailures, syncs, syncFailures, cacheHits, cacheMisses: Counter
    private let executedTwice, voided, stuckHolds: Counter
    private let received, sent, refused, receivedStates: Counter
    private let groupSize, groupBytes: Recorder
    private let appendDuration, stepDuration: CoreMetrics.Timer
    private let lag, logBytes, snapshots, oldestSnapshot, cacheBytes, peers, peerLag: Gauge
    private let counted = Counted()

    init(_ dimensions: [(String, String)], factory: any MetricsFactory) {
      func counter(_ name: String) -> Counter {
        Counter(label: "merganser.\(name)", dimensions: dimensions, factory: factory)
      }
      func recorder(_ name: String) -> Recorder {
        Recorder(label: "merganser.\(name)", dimensions: dimensions, factory: factory)
      }
      func timer(_ name: String) -> CoreMetrics.Timer {
        CoreMetrics.Timer(label: "merganser.\(name)", dimensions: dimensions, factory: factory)
      }
      func gauge(_ name: String) -> Gauge {
        Gauge(label: "merganser.\(name)", dimensions: dimensions, factory: factory)
      }
      commits = counter("commits")
      commitFailures = counter("commit_failures")
      checkpointSteps = counter("checkpoint_steps")
      checkpoints = counter("checkpoints")
      truncatedBytes = counter("truncated_bytes")
      maintenanceFailures = counter("maintenance_failures")
      executedTwice = counter("executed_twice")
      voided = counter("void_rows")
      stuckHolds = counter("stuck_holds")
      syncs = counter("syncs")
      syncFailures = counter("sync_failures")
      received = counter("received_versions")
      sent = counter("sent_versions")
      refused = counter("refused_versions")
      receivedStates = counter("received_states")
      cacheHits = counter("cache_hits")
      cacheMisses = counter("cache_misses")
      groupSize = recorder("group_size")
      groupBytes = recorder("group_bytes")
      appendDuration = timer("append_duration")
      stepDuration = timer("checkpoint_step_duration")
      lag = gauge("checkpoint_lag")
      logBytes = gauge("log_bytes")
      snapshots = gauge("snapshots")
      oldestSnapshot = gauge("oldest_snapshot_age")
      cacheBytes = gauge("cache_bytes")
      peers = gauge("peers")
      peerLag = gauge("peer_lag")
    }

    private func record(_ report: SyncReport) {
      received.increment(by: report.received)
      sent.increment(by: report.sent)
      refused.increment(by: report.refused.count + report.furtherRefusals)
      if report.receivedState { receivedStates.increment() }
    }

    func record(_ event: ReplicaEvent) {
      switch event {
      case .stored(let group):
        commits.increment(by: group.versions)
        groupSize.record(group.versions)
        groupBytes.record(group.bytes)
        appendDuration.recordNanoseconds(group.duration.nanoseconds)
        lag.record(group.lag)
      case .storingFailed: commitFailures.increment()
      case .checkpointed(let part):
        checkpointSteps.increment()
        stepDuration.recordNanoseconds(part.duration.nanoseconds)
        if part.isLast { checkpoints.increment() }
      case .truncated(let before, let after):
        truncatedBytes.increment(by: max(0, before - after))
        logBytes.record(after)
      case .maintenanceFailed: maintenanceFailures.increment()
      case .executedTwice: executedTwice.increment()
      case .voided(let rows): voided.increment(by: rows.count)
      case .holdStuck: stuckHolds.increment()
      case .synced(let report):
        syncs.increment()
        record(report)
      case .linked(let report): record(report)
      case .syncFailed: syncFailures.increment()
      case .status(let status):
        lag.record(status.checkpointLag)
        logBytes.record(status.logBytes)
        snapshots.record(status.snapshots)
        oldestSnapshot.record((status.oldestSnapshot ?? .zero) / .seconds(1))
        let new = counted.new(in: status)
        cacheHits.increment(by: new.hits)
        cacheMisses.increment(by: new.misses)
        cacheBytes.record(status.cacheBytes)
        peers.record(status.peers)
        peerLag.record(status.furthestBehind)
      }
    }
  }

  /// What counters have been told of what a status tells the sum of.
  private final class Counted: Sendable {
    private let told = Mutex((hits: 0, misses: 0))

    /// What has come since the status before.
    func new(in status: ReplicaStatus) -> (hits: Int, misses: Int) {
      told.withLock { told in
        let new = (max(0, status.cacheHits - told.hits), max(0, status.cacheMisses - told.misses))
        told = (max(told.hits, status.cacheHits), max(told.misses, status.cacheMisses))
        return new
      }
    }
  }

  extension Duration {
    fileprivate var nanoseconds: Int64 { Int64(clamping: Int(self / .nanoseconds(1))) }
  }
#endif
