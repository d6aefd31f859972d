#if Network
  public import MerganserSync

  /// How many connections there are, and how long they may take.
  public struct NetworkOptions: Hashable, Sendable {
    /// How many connections a listener has at most.
    public var connections = 1000
    /// How many of these may be of sides that have not said who they are.
    public var handshakes = 64
    /// How long connecting, and saying who it is, may take a side.
    public var handshakeTime = Duration.seconds(10)

    /// How long it takes at most until a connection that was lost is tried again first; each time it may take twice as long.
    ///
    /// Between zero and that, the time is drawn (full jitter), so that those who lost their connections together do not
    /// come back together.
    public var firstRetry = Duration.milliseconds(500)
    /// How long it takes at most until a connection that was lost is tried again.
    public var longestRetry = Duration.seconds(60)
    /// How long it takes at most, and half as long at least, until a side is tried again that has refused for good.
    public var refusalRetry = Duration.seconds(600)
    /// How long a link has stood that is tried again as at first.
    public var steadyTime = Duration.seconds(60)

    /// How long links may take to end in order, when they drain.
    public var drainTime = Duration.seconds(10)
    /// What a link takes of the other side.
    public var limits = SyncLimits()
    /// How many rows a state may remove that is handed over here.
    public var acceptedRemovals = 0

    /// The options that suit a server.
    public init() {}
  }
#endif
