#if Network
  public import MerganserTypes
  import Synchronization

  /// Certificates and replicas with which no link is made any more, although their certificates have not ended.
  ///
  /// Links that stand are ended when one of the two is revoked.
  public final class RevokedMembers: Sendable {
    private struct State {
      var serials: Set<String> = []
      var replicas: Set<ReplicaID> = []
      var count = 0
      var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state: Mutex<State>

    /// What is revoked at first.
    ///
    /// - Parameters:
    ///   - serials: the numbers of certificates (``MemberIdentity/serial``).
    ///   - replicas: replicas, whatever certificates they have.
    public init(serials: Set<String> = [], replicas: Set<ReplicaID> = []) {
      state = Mutex(State(serials: serials, replicas: replicas))
    }

    /// Revokes a certificate by its number.
    public func revoke(serial: String) { change { $0.serials.insert(serial) } }

    /// Revokes all certificates of a replica.
    public func revoke(_ replica: ReplicaID) { change { $0.replicas.insert(replica) } }

    /// Whether a certificate is revoked.
    public func contains(serial: String, of replica: ReplicaID?) -> Bool {
      state.withLock { state in
        state.serials.contains(serial) || replica.map(state.replicas.contains) ?? false
      }
    }

    private func change(_ body: (inout State) -> Void) {
      let listeners = state.withLock { state in
        body(&state)
        return Array(state.listeners.values)
      }
      for listener in listeners { listener() }
    }

    /// Calls `body` whenever something was revoked, until the number that it returns is forgotten.
    func listen(_ body: @escaping @Sendable () -> Void) -> Int {
      state.withLock { state in
        state.count += 1
        state.listeners[state.count] = body
        return state.count
      }
    }

    func forget(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
  }
#endif
