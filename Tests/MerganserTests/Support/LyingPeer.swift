import Merganser
import MerganserDatabase
import MerganserSync

/// A member that was taken over: it hands over what an honest replica would, but for what its lies change.
struct LyingPeer: Peer {
  /// Where the honest values come from.
  let honest: any Peer
  /// What it changes of its greeting.
  var greets: @Sendable (inout Greeting) -> Void = { _ in }
  /// What it changes of how histories compare.
  var compares: @Sendable (inout HistoryComparison) -> Void = { _ in }
  /// What it makes of its versions, all of which come in one batch.
  var writes: @Sendable ([StoredVersion]) throws -> [[StoredVersion]] = { [$0] }
  /// Whether its versions end with an error.
  var breaksOff = false
  /// What it changes of a state's header.
  var heads: @Sendable (inout StateHeader) -> Void = { _ in }
  /// What it makes of a state's parts.
  var rows: @Sendable ([StatePart]) -> [StatePart] = { $0 }
  /// What it says became of what it was handed.
  var answers: @Sendable (inout Database.Reception) -> Void = { _ in }

  /// It has broken off.
  struct BrokenOff: Error {}

  func greeting() async throws -> Greeting {
    var greeting = try await honest.greeting()
    greets(&greeting)
    return greeting
  }

  func comparison(with heads: [ReplicaID: Head]) async throws -> HistoryComparison {
    var comparison = HistoryComparison()
    compares(&comparison)
    return comparison
  }

  func versions(beyond vector: VersionVector) -> AsyncThrowingStream<[StoredVersion], any Error> {
    let (all, writes, breaksOff) = (honest.versions(beyond: vector), writes, breaksOff)
    return AsyncThrowingStream { continuation in
      let task = Task {
        do {
          var versions: [StoredVersion] = []
          for try await batch in all { versions += batch }
          for batch in try writes(versions) { continuation.yield(batch) }
          continuation.finish(throwing: breaksOff ? BrokenOff() : nil)
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  func apply(_ versions: [StoredVersion]) async throws -> Database.Reception {
    var reception = Database.Reception()
    reception.applied = versions
    answers(&reception)
    return reception
  }

  func state() async throws -> StateStream {
    let state = try await honest.state()
    var (header, parts) = (state.header, [StatePart]())
    for try await part in state.parts { parts.append(part) }
    heads(&header)
    let changed = rows(parts)
    return StateStream(
      header: header,
      parts: AsyncThrowingStream { continuation in
        for part in changed { continuation.yield(part) }
        continuation.finish(throwing: breaksOff ? BrokenOff() : nil)
      })
  }

  func adopt(_ state: StateStream) async throws {}
  func grow(to schema: SchemaDescription) async throws {}
}
