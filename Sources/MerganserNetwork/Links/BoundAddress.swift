#if Network
  import Foundation
  import NIOCore
  import NIOPosix
  import Synchronization

  /// Where a listener listens, for those who wait until it does.
  final class BoundAddress: Sendable {
    private struct State {
      var result: Result<NetworkAddress, any Error>?
      var waiting: [Waiting<NetworkAddress>] = []
    }

    private let state = Mutex(State())

    /// Tells all who wait; only the first result counts.
    func set(_ result: Result<NetworkAddress, any Error>) {
      let waiting = state.withLock { state in
        guard state.result == nil else { return [Waiting<NetworkAddress>]() }
        state.result = result
        defer { state.waiting = [] }
        return state.waiting
      }
      for task in waiting { task.end(result) }
    }

    var value: NetworkAddress {
      get async throws {
        let waiting = Waiting<NetworkAddress>()
        return try await withTaskCancellationHandler {
          try await withCheckedThrowingContinuation { continuation in
            guard waiting.begin(continuation) else { return }
            let result = state.withLock { state in
              if state.result == nil { state.waiting.append(waiting) }
              return state.result
            }
            if let result { waiting.end(result) }
          }
        } onCancel: {
          waiting.end(.failure(CancellationError()))
        }
      }
    }
  }

  /// The file of a Unix socket at which nobody listens any more.
  enum StaleSocket {
    /// Removes such a file; one at which somebody listens stays.
    static func remove(at path: String) async throws {
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
      do {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .connect(unixDomainSocketPath: path).get()
        try await channel.close()
      } catch let error as IOError where error.errnoCode == ECONNREFUSED {
        // Anything else is somebody's: it is full, of another kind, or of another user.
        unlink(path)
      } catch {}
    }
  }
#endif
