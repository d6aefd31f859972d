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
  /// What is looked for, where the two sides stay linked, and what was there when nothing was found.
  private var watched: (vector: VersionVector, told: VersionVector)?
  private var looked: (vector: VersionVector, fingerprint: UInt64)?
  /// Whether nothing is waited for any more.
  private var isStopping = false
  /// What tells the schema apart that the other side was last told.
  private var fingerprint: UInt64 = 0
  /// Another name that it takes when the two sides meet again, where nothing keeps it from that.
  private let otherName: ReplicaID?
  private let isLink: Bool

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

  /// What the side of a link has noted that the other side holds, and how often the two have met.
  package private(set) var noted: (peer: ReplicaID, heads: [ReplicaID: Head])?
  package private(set) var meetings = 0
  /// What came and went by a link since it was taken.
  package private(set) var reports: [SyncMachine.Result] = []

  /// How many bytes of versions were sent by a link that were not let come.
  package var overdraft: Int { machine.overdraft }

  /// A side that has not begun.
  package init(
    of replica: SteppedReplica, limits: SyncLimits, portions: Portions, isLink: Bool = false,
    otherName: ReplicaID? = nil
  ) {
    self.replica = replica
    self.portions = portions
    self.otherName = otherName
    self.isLink = isLink
    machine = SyncMachine(
      limits: limits, isLink: isLink, guarantees: replica.writer.guarantees)
  }

  /// Begins.
  package func begin(at now: Duration) {
    do { happened.append(.began(try greeting())) } catch { result = .failure(error) }
    goOn(at: now)
  }

  /// Has a link end once all that is there was sent.
  package func drain(at now: Duration) {
    happened.append(.drain)
    goOn(at: now)
  }

  /// Takes out what was reported.
  package func takeReports() -> [SyncMachine.Result] {
    defer { reports = [] }
    return reports
  }

  private func greeting() throws -> Greeting {
    fingerprint = replica.snapshot.catalog.fingerprint
    return try replica.greeting()
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
    repeat {
      while !happened.isEmpty, result == nil {
        for directive in machine.step(happened.removeFirst(), at: now) { carryOut(directive) }
      }
      look()
    } while !happened.isEmpty && result == nil
    if result != nil { drop() }
  }

  private func drop() {
    incoming?.spool.end()
    incoming = nil
    happened = []
    watched = nil
    isReceiving = false
  }
}

// What links look for.
extension SteppedSync {
  /// Looks for what the other side of a link lacks, if anything has happened since.
  private func look() {
    guard let (vector, told) = watched, result == nil else { return }
    let snapshot = replica.snapshot
    let (now, schema) = (snapshot.vector, snapshot.catalog.fingerprint)
    if !isStopping, let looked, looked == (now, schema) { return }
    looked = (now, schema)
    do {
      guard let news = try news(beyond: vector, told: told, in: snapshot) else { return }
      watched = nil
      happened.append(.found(news))
    } catch {
      watched = nil
      happened.append(.failed(error))
    }
  }

  private func news(
    beyond vector: VersionVector, told: VersionVector, in snapshot: Snapshot
  ) throws -> SyncMachine.News? {
    guard snapshot.catalog.fingerprint == fingerprint else { return .outdated }
    let found = Result { () throws(StorageError) in try cursor(beyond: vector).next() }
    if case .failure(.truncated) = found { return .outdated }
    if let versions = try found.get() { return .versions(versions) }
    if isStopping { return .nothing }
    let stored = snapshot.state.heads.filter { $1.sequence > told[$0] }
    return stored.isEmpty ? nil : .stored(stored)
  }

  private func cursor(beyond vector: VersionVector) -> VersionBatches.Cursor {
    let storage = replica.writer.storage
    return VersionBatches.Cursor(
      vector, size: portions.versions,
      isOrdered: replica.writer.guarantees.contains(.causalOrder)
    ) { () throws(StorageError) in try storage.snapshot() }
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
      case .greeted: break
      case .note(let peer, let heads):
        noted = (peer, heads)
        replica.writer.storage.note(peer, holds: heads, at: replica.writer.wall())
      case .readVersions(let vector):
        transfer = nil
        cursor = cursor(beyond: vector)
        happened.append(try readOn())
      case .readState:
        let snapshot = replica.snapshot
        if isLink, snapshot.catalog.fingerprint != fingerprint {
          return happened.append(.outdated)
        }
        let state = StateTransfer(snapshot)
        cursor = nil
        transfer = state
        happened.append(.read(.state(state.header)))
      case .readOn: happened.append(try readOn())
      case .met(let result):
        meetings += 1
        reports.append(result)
      case .report(let result): reports.append(result)
      case .greet:
        var again = try greeting()
        if !replica.writer.guarantees.contains(.samePeer), let otherName {
          again.replica = otherName
        }
        happened.append(.began(again))
      case .watch(let vector, let told, let waits):
        watched = (vector, told)
        looked = nil
        if !waits { isStopping = true }
      case .stopWatching:
        isStopping = true
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
