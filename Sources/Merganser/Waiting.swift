extension Task where Success == Never, Failure == Never {
  /// Sleeps as long as a caller is willing to wait, and at most a hundred years: a clock stops the process where it is to go
  /// beyond what it can show.
  static func sleep(atMost limit: Duration) async throws {
    try await sleep(for: min(max(limit, .zero), .seconds(100 * 366 * 86_400)))
  }
}
