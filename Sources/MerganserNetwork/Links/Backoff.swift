#if Network
  /// How long to wait before a connection is tried again: exponential back-off with full jitter.
  ///
  /// Brooker, *Exponential Backoff And Jitter* (AWS Architecture Blog, 2015).
  struct Backoff {
    private let first: Duration
    private let longest: Duration
    private var limit: Duration

    init(first: Duration, longest: Duration) {
      self.first = max(first, .milliseconds(1))
      self.longest = max(longest, self.first)
      limit = self.first
    }

    /// Begins anew, as a link has stood.
    mutating func reset() { limit = first }

    /// The next time to wait.
    mutating func next(by draw: inout some RandomNumberGenerator) -> Duration {
      defer { limit = min(limit * 2, longest) }
      return limit * Double.random(in: 0...1, using: &draw)
    }
  }
#endif
