#if Network
  import Foundation
  import Logging
  import InMemoryLogging
  import Merganser
  import MerganserNetwork
  import MerganserTypes
  import TestSupport
  import Testing

  /// What both sides of a connection say that is refused.
  struct Refusal {
    let listener: any Error
    let connector: any Error
  }

  /// Connects `porto` to `lisbon`, which has to be refused, and expects that nothing was exchanged.
  func refusal(
    of porto: Replica<Notes>, by lisbon: Replica<Notes>, ours: NetworkSecurity,
    theirs: NetworkSecurity, scheme: NetworkAddress = .loopback
  ) async throws -> Refusal {
    try await lisbon.note("of lisbon")
    try await porto.note("of porto")
    let listener = lisbon.listen(on: scheme, security: ours, options: .patient())
    let refusal = try await running(listener) { address in
      let connector = porto.connect(
        to: address, security: theirs,
        options: .patient {
          $0.firstRetry = .seconds(3600)
          $0.longestRetry = .seconds(3600)
        })
      return try await running(connector) {
        let there = await connector.waits { $0.peers.first?.lastError != nil }
        let here = await listener.waits { $0.lastError != nil }
        return Refusal(
          listener: try #require(here.lastError),
          connector: try #require(there.peers.first?.lastError))
      }
    }
    #expect(try !porto.has("of lisbon"))
    #expect(try !lisbon.has("of porto"))
    return refusal
  }

  /// A logger, and the lines that it was told.
  func loggerInMemory() -> (Logger, InMemoryLogHandler) {
    let lines = InMemoryLogHandler()
    return (Logger(label: "test", factory: { _ in lines }), lines)
  }
#endif
