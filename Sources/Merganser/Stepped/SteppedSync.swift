import MerganserDatabase
import MerganserModel
package import MerganserSync
import MerganserTypes

/// One side of a sync that nobody waits in: it carries out what the machine says, and is told what comes.
///
/// As ``Exchange``, but that bytes are brought to it and taken from it, time is what it is told, and what the writer does
/// is done when the writer makes a step. It is used by one thread.
package final class SteppedSync: @unchecked Sendable {
  /// How much is read at a time.
  package struct Portions: Sendable {
    /// About how many bytes a message with versions has.
    package var versions = VersionBatches.bytes
    /// About how many bytes a part of a state has.
    package var rows = 1 << 18

    /// As much as replicas read.
    package init() {}
  }

  private let replica: SteppedReplica
  private let portions: Portions
  private var machine: SyncMachine
  private var happened: [SyncMachine.Event] = []
  private var cursor: VersionBatches.Cursor?
  private var transfer: StateTransfer?
  private var incoming: (header: StateHeader, meeting: Meeting, spool: StateSpool)?

  /// What is to be carried to the other side next; whoever takes it tells so (``noteSent()``).
  package private(set) var outgoing: [UInt8]?
  /// Whether it waits for bytes.
  package private(set) var isReceiving = false
  /// What came of the sync; `nil` while it goes on.
  package private(set) var result: Result<SyncMachine.Result, any Error>?

  /// How many bytes have come and are not worked off.
  package var inboxSize: Int { machine.inboxSize }

  /// How far it has come.
  package var stage: SyncMachine.Stage { machine.stage }

  /// A side that has not begun.
  package init(of replica: SteppedReplica, limits: SyncLimits, portions: Portions) {
    self.replica = replica
    self.portions = portions
    machine = SyncMachine(limits: limits, guarantees: replica.writer.guarantees)
  }

  /// Begins.
  package func begin(at now: Duration) {
    do { happened.append(.began(try replica.greeting())) } catch { result = .failure(error) }
    goOn(at: now)
  }

  /// Takes bytes of the other side.
  package func receive(_ bytes: [UInt8], at now: Duration) {
    isReceiving = false
    happened.append(.received(bytes))
    goOn(at: now)
  }

  /// Takes notice that no bytes will come any more.
  package func end(at now: Duration) {
    isReceiving = false
    happened.append(.ended)
    goOn(at: now)
  }

  /// Takes notice that the transport is gone.
  package func disconnect(at now: Duration) {
    isReceiving = false
    outgoing = nil
    happened.append(.disconnected(SyncError.interrupted))
    goOn(at: now)
  }

  /// Takes notice that what was outgoing is on its way.
  package func noteSent() {
    outgoing = nil
    happened.append(.sent)
  }

  /// Takes notice that what was outgoing cannot be sent.
  package func failSending() {
    outgoing = nil
    happened.append(.unsent(SyncError.interrupted))
  }

  /// Takes notice that time has passed.
  package func pass(at now: Duration) {
    happened.append(.time)
    goOn(at: now)
  }

  /// Goes on with what has happened since; without anything, nothing is done.
  package func goOn(at now: Duration) {
    while !happened.isEmpty, result == nil {
      for directive in machine.step(happened.removeFirst(), at: now) { carryOut(directive) }
    }
    if result != nil { drop() }
  }

  private func drop() {
    incoming?.spool.end()
    incoming = nil
    happened = []
    isReceiving = false
  }
}

// What the machine says.
extension SteppedSync {
  private func carryOut(_ directive: SyncMachine.Directive) {
    do {
      switch directive {
      case .finish(let finished): result = .success(finished)
      case .fail(let error): result = .failure(error)
      case .send(let bytes): outgoing = bytes
      case .receive: isReceiving = true
      case .note(let peer, let heads):
        replica.writer.storage.note(peer, holds: heads, at: replica.writer.wall())
      case .readVersions(let vector):
        let storage = replica.writer.storage
        cursor = VersionBatches.Cursor(
          vector, size: portions.versions,
          isOrdered: replica.writer.guarantees.contains(.causalOrder)
        ) { () throws(StorageError) in try storage.snapshot() }
        happened.append(try readOn())
      case .readState:
        let state = StateTransfer(replica.snapshot)
        cursor = nil
        transfer = state
        happened.append(.read(.state(state.header)))
      case .readOn: happened.append(try readOn())
      // What links say.
      case .met, .greet, .watch, .stopWatching: break
      case .compare, .grow, .apply, .receiveState, .receiveRows, .adoptState:
        try work(on: directive)
      }
    } catch {
      switch (directive, error) {
      case (.readVersions, StorageError.truncated), (.readOn, StorageError.truncated):
        happened.append(.truncated)
      default: happened.append(.failed(error))
      }
    }
  }

  private func readOn() throws -> SyncMachine.Event {
    if transfer != nil {
      return try transfer?.next(limit: portions.rows).map { .read(.rows($0)) } ?? .readAll
    }
    return try cursor?.next().map { .read(.versions($0)) } ?? .readAll
  }

  /// Has work done on what came.
  private func work(on directive: SyncMachine.Directive) throws {
    let writer = replica.writer
    switch directive {
    case .compare(let heads):
      happened.append(.compared(try replica.comparison(with: heads)))
    case .grow(let schema):
      replica.grow(to: schema) { [weak self] result in self?.note(result.map { .done }) }
    case .apply(let versions, let meeting):
      replica.apply(versions, of: meeting) { [weak self] result in
        self?.note(result.map { .applied($0) })
      }
    case .receiveState(let header, let meeting):
      let limit = try writer.admit(header, from: meeting.peer, under: replica.policy)
      incoming = (header, meeting, try StateSpool(in: nil, limit: limit))
      happened.append(.done)
    case .receiveRows(let part):
      try incoming?.spool.append(part)
      happened.append(.done)
    case .adoptState:
      guard let (header, meeting, spool) = incoming else { throw SyncError.interrupted }
      writer.submit(
        StateAdoption(
          of: header, by: meeting, wall: writer.wall(), in: spool, under: replica.policy,
          acceptingRemovals: 0
        ) { [weak self] result in self?.note(result.map { .done }) })
    default: break
    }
  }

  private func note(_ result: Result<SyncMachine.Event, any Error>) {
    switch result {
    case .success(let event): happened.append(event)
    case .failure(let error): happened.append(.failed(error))
    }
  }
}
