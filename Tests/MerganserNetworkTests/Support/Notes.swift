#if Network
  import Merganser
  import MerganserNetwork
  import MerganserSync
  import Testing

  /// What the tests' replicas hold.
  struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
  }

  let notes = Notes()

  extension Replica<Notes> {
    /// Writes a note.
    func note(_ key: String, text: String = "written") async throws {
      try await write { try $0[notes.notes, key].set(text) }
    }

    /// Waits until the replica shows a note.
    func shows(_ key: String, text: String = "written") async throws {
      for await snapshot in snapshots
      where try snapshot[notes.notes, key]?.value == text { return }
      Issue.record("the replica ended before")
    }

    /// Whether the replica shows a note now.
    func has(_ key: String) throws -> Bool { try snapshot[notes.notes, key]?.value != nil }
  }

  /// A replica in memory, and another one of its database.
  func pair() throws -> (lisbon: Replica<Notes>, porto: Replica<Notes>) {
    let lisbon = try Replica(notes)
    return (lisbon, try Replica(notes, joining: lisbon.founder))
  }

  extension NetworkOptions {
    /// Options by which nobody is given up because the machine is busy, and what is lost is tried again at once.
    static func patient(_ change: (inout Self) -> Void = { _ in }) -> Self {
      var options = Self()
      options.handshakeTime = .seconds(600)
      options.limits.silence = .seconds(3600)
      options.firstRetry = .milliseconds(1)
      options.longestRetry = .milliseconds(20)
      options.refusalRetry = .seconds(3600)
      options.drainTime = .seconds(600)
      change(&options)
      return options
    }
  }

  extension NetworkAddress {
    static let loopback = NetworkAddress.tcp(host: "127.0.0.1", port: 0)
    static let webSocket = NetworkAddress.webSocket(
      host: "127.0.0.1", port: 0, path: "/sync", isSecure: false)
    static let secureWebSocket = NetworkAddress.webSocket(
      host: "127.0.0.1", port: 0, path: "/sync", isSecure: true)
  }

  extension NetworkListener {
    /// Waits until the status is as it should be.
    @discardableResult
    func waits(until isSo: (NetworkStatus) -> Bool) async -> NetworkStatus {
      for await status in statuses where isSo(status) { return status }
      Issue.record("the listener ended before")
      return status
    }
  }

  extension NetworkConnector {
    /// Waits until the status is as it should be.
    @discardableResult
    func waits(until isSo: (NetworkStatus) -> Bool) async -> NetworkStatus {
      for await status in statuses where isSo(status) { return status }
      Issue.record("the connector ended before")
      return status
    }
  }

  /// Runs a listener while `body` runs, and drains it.
  @discardableResult
  func running<Value: Sendable>(
    _ listener: NetworkListener, body: (NetworkAddress) async throws -> Value
  ) async throws -> Value {
    let run = Task { try await listener.run() }
    do {
      let value = try await body(try await listener.address)
      listener.drain()
      try await run.value
      return value
    } catch {
      run.cancel()
      throw error
    }
  }

  /// Runs a connector while `body` runs, and drains it.
  @discardableResult
  func running<Value: Sendable>(
    _ connector: NetworkConnector, body: () async throws -> Value
  ) async throws -> Value {
    let run = Task { try await connector.run() }
    do {
      let value = try await body()
      connector.drain()
      try await run.value
      return value
    } catch {
      run.cancel()
      throw error
    }
  }
#endif
