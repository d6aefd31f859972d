#if Metrics
  import InMemoryLogging
  import Logging
  import Merganser
  import MerganserMetrics
  import MetricsTestKit
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
      try await lisbon.meet(porto)
      #expect(metrics.counterTotal(label: "merganser.commits") == 6)
      #expect(metrics.counterTotal(label: "merganser.received_versions") == 1)
      #expect(metrics.counterTotal(label: "merganser.sent_versions") == 5)
      #expect(try metrics.expectTimer("merganser.sync_duration").values.count == 6)
      #expect(try metrics.expectRecorder("merganser.group_size").values.allSatisfy { $0 == 1 })
      let stranger = try Replica(shop)
      await #expect(throws: ReplicationError.self) { try await lisbon.meet(stranger) }
      #expect(metrics.counterTotal(label: "merganser.meeting_failures") == 1)
      #expect(
        lines.entries.contains {
          $0.level == .error && $0.metadata["error"]?.description.contains("databases") == true
        }, "\(lines.entries)")
    }
  }
#endif
