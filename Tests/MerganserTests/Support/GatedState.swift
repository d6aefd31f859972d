import Merganser
import MerganserDatabase
import Synchronization

/// A state whose parts are handed over one by one, as far as a test lets them, and which tells how many were asked for.
final class GatedState: Sendable {
  private struct Contents {
    var parts: ArraySlice<StatePart>
    /// How many parts may go.
    var open = 0
    /// How many were asked for; the one behind the last counts, too.
    var asked = 0
    /// Who asks for a part that may not go yet.
    var asking: CheckedContinuation<Void, Never>?
    /// Who waits until so many were asked for.
    var watching: (count: Int, who: CheckedContinuation<Void, Never>)?
  }

  private let header: StateHeader
  private let contents: Mutex<Contents>
  /// How many parts it has.
  let count: Int

  /// The given state, of which so many parts may go at once; all if that is `nil`.
  init(_ header: StateHeader, parts: [StatePart], open: Int? = nil) {
    (self.header, count) = (header, parts.count)
    contents = Mutex(Contents(parts: parts[...], open: open ?? .max))
  }

  /// The state of a replica.
  convenience init(of replica: Replica<some Schema>, open: Int? = nil) async throws {
    let state = await replica.state()
    var parts: [StatePart] = []
    for try await part in state.parts { parts.append(part) }
    self.init(state.header, parts: parts, open: open)
  }

  /// What a peer takes in.
  var stream: StateStream {
    StateStream(header: header, parts: AsyncThrowingStream { await self.next() })
  }

  /// How many parts were asked for up to now.
  var asked: Int { contents.withLock { $0.asked } }

  /// Returns once so many parts were asked for, and so the ones before have been kept.
  func isAsked(for count: Int) async {
    await withCheckedContinuation { who in
      contents.withLock { contents in
        if contents.asked >= count { who.resume() } else { contents.watching = (count, who) }
      }
    }
  }

  /// Lets so many parts go in all; all if none is given.
  func open(_ count: Int = .max) {
    contents.withLock { contents in
      contents.open = count
      if contents.asked <= count { contents.asking.take()?.resume() }
    }
  }

  private func next() async -> StatePart? {
    await withCheckedContinuation { asking in
      contents.withLock { contents in
        contents.asked += 1
        if let watching = contents.watching, contents.asked >= watching.count {
          contents.watching = nil
          watching.who.resume()
        }
        if contents.asked <= contents.open {
          asking.resume()
        } else {
          contents.asking = asking
        }
      }
    }
    return contents.withLock { $0.parts.popFirst() }
  }
}
