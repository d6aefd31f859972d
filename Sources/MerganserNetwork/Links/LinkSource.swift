#if Network
  import Merganser
  import MerganserSync
  import MerganserTypes

  /// What makes links: a replica, or a store that no replica has open.
  struct LinkSource: Sendable {
    /// Who it is, and the founder of its database.
    let identity: @Sendable () async throws -> (replica: ReplicaID, database: ReplicaID)
    /// Makes a link.
    let link: @Sendable (WatchedTransport, NetworkOptions, @escaping Greeting) -> Link

    /// Is told who the other side says it is, and throws if it may not be linked.
    typealias Greeting = @Sendable (ReplicaID) throws -> Void

    /// The source that a replica is.
    init<S: Schema>(_ replica: Replica<S>) {
      identity = { (replica.id, replica.founder) }
      link = { transport, options, greeting in
        replica.link(
          over: transport, limits: options.limits, acceptingRemovals: options.acceptedRemovals,
          greeting: greeting)
      }
    }

    /// The source that a store is.
    init(
      _ store: StorePeer, meeting: @escaping @Sendable (SyncReport) -> Void,
      passing: @escaping @Sendable (SyncReport) -> Void
    ) {
      identity = {
        let greeting = try await store.greeting()
        return (greeting.replica, greeting.founder)
      }
      link = { transport, options, greeting in
        store.link(
          over: transport, limits: options.limits, acceptingRemovals: options.acceptedRemovals,
          meeting: meeting, passing: passing, greeting: greeting)
      }
    }
  }
#endif
