/// Carries the bytes of a sync between two replicas: a socket, a pipe, a radio.
///
/// Whoever writes one conforms to this protocol and syncs over it
/// (`Replica.sync(over:)`); the other side does the same at the other end. A transport need not keep the boundaries
/// of what it is given: bytes may arrive in pieces of any size. Whatever it loses, repeats, or moves is found, and
/// ends the sync with an error; what was exchanged until then stays. It does not prove who is at the other end.
///
/// ```swift
/// struct Socket: Transport {
///   let channel: MyChannel
///   func send(_ bytes: [UInt8]) async throws { try await channel.write(bytes) }
///   func receive() async throws -> [UInt8]? { try await channel.read() }
///   func close() async { await channel.shutDown() }
/// }
/// ```
///
/// ``send(_:)`` and ``receive()`` are called at the same time, each by one task at a time.
public protocol Transport: Sendable {
  /// Sends bytes behind those that were sent before.
  ///
  /// It returns when it has room for more. Who waits there holds the sync up, and no memory grows.
  func send(_ bytes: [UInt8]) async throws

  /// The next bytes of the other side, at least one; `nil` if none will come any more.
  ///
  /// An empty piece ends the sync (``SyncError/emptyPiece``).
  func receive() async throws -> [UInt8]?

  /// Ends both directions.
  ///
  /// Who waits in ``send(_:)`` or ``receive()`` waits no more. It is called once, at the end of each sync, also of one
  /// that is cancelled: a sync returns when this and both of those have returned, whatever its limits say.
  func close() async
}
