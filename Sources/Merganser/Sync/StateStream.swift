package import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A state on its way: what it is the join of, and its parts as they are asked for.
package struct StateStream: Sendable {
  /// Which versions it is the join of.
  package let header: StateHeader
  /// Its parts, in order.
  package let parts: AsyncThrowingStream<StatePart, any Error>
  /// Which replica hands it over, and what was compared with it before.
  package var meeting = Meeting(with: nil)
  /// How many rows the user has accepted to be removed by it
  /// (``/MerganserModel/ReplicationError/removesRows(_:)``).
  package var acceptedRemovals = 0

  /// The state of the given parts.
  package init(header: StateHeader, parts: AsyncThrowingStream<StatePart, any Error>) {
    self.header = header
    self.parts = parts
  }
}

extension StateStream {
  /// What `snapshot` shows, read part by part where that holds no task up.
  init(of snapshot: Snapshot) {
    let cursor = Cursor(StateTransfer(snapshot))
    header = cursor.transfer.header
    parts = AsyncThrowingStream { try await onBlockingThread { try cursor.transfer.next() } }
  }

  /// Where the reading has got to.
  ///
  /// It is asked for one part at a time.
  private final class Cursor: @unchecked Sendable {
    var transfer: StateTransfer

    init(_ transfer: StateTransfer) { self.transfer = transfer }
  }

  /// Gives the parts one after the other, to one caller at a time.
  final class Iterator: @unchecked Sendable {
    private var parts: AsyncThrowingStream<StatePart, any Error>.Iterator

    init(_ state: StateStream) { parts = state.parts.makeAsyncIterator() }

    func next() async throws -> StatePart? { try await parts.next() }
  }
}
