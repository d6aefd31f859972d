#if Network
  import Merganser
  import MerganserNetwork
  import TestSupport
  import Testing

  /// What the stores hold.
  struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  let notes = Notes()

  extension Replica<Notes> {
    /// Writes a note.
    func note(_ key: String) async throws {
      try await write { try $0[notes.notes, key].set("written") }
    }

    /// Waits until the replica shows a note.
    func shows(_ key: String) async throws {
      for await snapshot in snapshots where try snapshot.has(key) { return }
      Issue.record("the replica ended before")
    }

    /// Runs a connector to the address while `body` runs, and drains it.
    func linked(
      to address: String, by security: NetworkSecurity = .plaintext, body: () async throws -> Void
    ) async throws {
      let connector = connect(
        to: try NetworkAddress(address), security: security, options: .patient)
      let run = Task { try await connector.run() }
      do {
        try await body()
        connector.drain()
        try await run.value
      } catch {
        run.cancel()
        throw error
      }
    }
  }

  extension Snapshot {
    /// Whether there is a note.
    func has(_ key: String) throws -> Bool { try self[notes.notes, key]?.value != nil }
  }

  extension NetworkOptions {
    /// Options by which nobody is given up because the machine is busy, and what is lost is tried again at once.
    static var patient: Self {
      var options = Self()
      options.handshakeTime = .seconds(600)
      options.limits.silence = .seconds(3600)
      options.firstRetry = .milliseconds(1)
      options.longestRetry = .milliseconds(20)
      options.drainTime = .seconds(600)
      return options
    }
  }

  /// A store with a note of its own that no program has open; its founder.
  func makeStore(_ name: String, in folder: TemporaryFolder) async throws -> ReplicaID {
    let replica = try await Replica.open(notes, at: folder.path(of: name))
    try await replica.note("of \(name)")
    try await replica.close()
    return replica.founder
  }

  /// A store of an existing database, with a note of its own; its replica.
  @discardableResult
  func makeStore(
    _ name: String, joining founder: ReplicaID, in folder: TemporaryFolder
  ) async throws -> ReplicaID {
    let replica = try await Replica.open(notes, at: folder.path(of: name), joining: founder)
    try await replica.note("of \(name)")
    try await replica.close()
    return replica.id
  }
#endif
