#if Metrics
  import Foundation
  import InMemoryLogging
  import Logging
  import Merganser
  import MerganserMetrics
  import MetricsTestKit
  import TestSupport
  import Testing

  private struct Shop: Schema {
    let stock = Table<String, GCounter>("stock")
  }

  @Suite struct ReportingTests {
    @Test func commitsAndMeetingsAreCountedAndFailuresLogged() async throws {
      let metrics = TestMetrics()
      let lines = InMemoryLogHandler()
      var logger = Logger(label: "shop", factory: { _ in lines })
      logger.logLevel = .debug
      let shop = Shop()
      let lisbon = try Replica(shop)
      lisbon.report(to: logger, dimensions: [], factory: metrics)
      for _ in 0..<5 { try await lisbon.write { try $0[shop.stock, "tea"].increment(by: 1) } }
      let porto = try Replica(shop, joining: lisbon.founder)
      try await porto.write { try $0[shop.stock, "tea"].increment(by: 1) }
      try await lisbon.sync(with: porto)
      #expect(metrics.counterTotal(label: "merganser.commits") == 6)
      #expect(metrics.counterTotal(label: "merganser.received_versions") == 1)
      #expect(metrics.counterTotal(label: "merganser.sent_versions") == 5)
      #expect(try metrics.expectTimer("merganser.append_duration").values.count == 6)
      #expect(try metrics.expectRecorder("merganser.group_size").values.allSatisfy { $0 == 1 })
      // Behind what the sync has the writer do.
      _ = try await lisbon.status()
      let last = { (label: String) in try metrics.expectGauge(label).lastValue }
      #expect(try last("merganser.peers") == 1)
      #expect(try last("merganser.peer_lag") == 0)
      #expect(try last("merganser.log_bytes") == 0)
      let stranger = try Replica(shop)
      await #expect(throws: ReplicationError.self) { try await lisbon.sync(with: stranger) }
      #expect(metrics.counterTotal(label: "merganser.sync_failures") == 1)
      #expect(
        lines.entries.contains {
          $0.level == .error && $0.metadata["error"]?.description.contains("databases") == true
        }, "\(lines.entries)")
    }

    @Test func aStoreIsMeasured() async throws {
      let folder = try TemporaryFolder()
      let metrics = TestMetrics()
      let shop = Shop()
      let lisbon = try await Replica.open(shop, at: folder.path(of: "lisbon"))
      lisbon.report(to: Logger(label: "shop"), dimensions: [], factory: metrics)
      let porto = try Replica(shop, joining: lisbon.founder)
      try await lisbon.sync(with: porto)
      let old = lisbon.snapshot
      for _ in 0..<5 { try await lisbon.write { try $0[shop.stock, "tea"].increment(by: 1) } }
      // What is told at once after a sync, and otherwise once a second.
      try await lisbon.sync(with: try Replica(shop, joining: lisbon.founder))
      // Behind what the sync has the writer do.
      _ = try await lisbon.status()
      let last = { (label: String) in try metrics.expectGauge(label).lastValue ?? -1 }
      #expect(try last("merganser.peers") == 2)
      #expect(try last("merganser.peer_lag") == 5)
      #expect(try last("merganser.log_bytes") > 0)
      #expect(try last("merganser.checkpoint_lag") > 0)
      #expect(try last("merganser.snapshots") >= 2)
      #expect(try last("merganser.oldest_snapshot_age") > 0)
      #expect(try old.count(shop.stock) == 0)
      try await lisbon.close()
    }

    @Test func rowsThatAreFoundInMemoryAreCounted() async throws {
      let folder = try TemporaryFolder()
      let metrics = TestMetrics()
      let shop = Shop()
      let first = try await Replica.open(shop, at: folder.path(of: "lisbon"))
      try await first.write { try $0[shop.stock, "tea"].increment(by: 1) }
      try await first.close()
      let lisbon = try await Replica.open(shop, at: folder.path(of: "lisbon"))
      lisbon.report(to: Logger(label: "shop"), dimensions: [], factory: metrics)
      for times in [10, 20] {
        for _ in 0..<10 { #expect(try lisbon.snapshot[shop.stock, "tea"]?.value == 1) }
        // Twice it is looked for on the disk.
        try await lisbon.sync(with: try Replica(shop, joining: lisbon.founder))
        let status = try await lisbon.status()
        #expect(status.cacheHits == times - 2 && status.cacheMisses == 2, "\(status)")
        #expect(metrics.counterTotal(label: "merganser.cache_hits") == times - 2)
        #expect(metrics.counterTotal(label: "merganser.cache_misses") == 2)
        #expect(try metrics.expectGauge("merganser.cache_bytes").lastValue ?? 0 > 0)
      }
      try await lisbon.close()
    }
  }
#endif
