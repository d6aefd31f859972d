import Foundation
import Merganser
import MerganserModel
import MerganserSimulation

/// A replica of the registry in a process of its own, which does what lines tell it, and answers by lines.
struct Member {
  /// What a client of the replica is told wrongly.
  enum Fault: String {
    /// What the replica shows is told where an ordered read was asked for.
    case staleReads
    /// What is tentative is told as what became of a claim.
    case lostClaims
  }

  private let registry: Registry
  private let replica: Replica<Registry>
  private let folder: String
  private let number: Int
  private let fault: Fault?

  /// Opens the member of a number, whose store and socket are in a folder.
  init(number: Int, in folder: String, joining founder: ReplicaID?, planting fault: Fault?)
    async throws
  {
    let registry = Registry()
    replica = try await Replica.open(
      registry, at: "\(folder)/\(number)", joining: founder,
      running: Running(by: try registry.plan))
    self.registry = registry
    self.folder = folder
    self.number = number
    self.fault = fault
  }

  /// Listens to other members, and carries out the lines that come in.
  func run() async throws {
    let path = socketPath(of: number)
    unlink(path)
    let listener = try makeSocket(at: path, by: bind)
    guard listen(listener, 16) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    let member = self
    Thread.detachNewThread {
      while true {
        let descriptor = accept(listener, nil, nil)
        if descriptor < 0 { continue }
        Task {
          _ = try? await member.replica.sync(over: Socket(descriptor: descriptor))
          close(descriptor)
        }
      }
    }
    let (lines, sink) = AsyncStream.makeStream(of: String.self)
    Thread.detachNewThread {
      while let line = readLine() { sink.yield(line) }
      sink.finish()
    }
    say("ready \(replica.id)")
    for await line in lines {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "quit" { break }
      // What waits holds nothing up that is told next.
      Task {
        do { try await member.carryOut(words) } catch { say("failed \(line): \(error)") }
      }
    }
    try await replica.close()
  }

  private func socketPath(of number: Int) -> String { "\(folder)/\(number).socket" }

  private func carryOut(_ words: [String]) async throws {
    switch (words.first ?? "", words.count) {
    case ("submit", 5...7):
      try await submit(words[1], lifetime: words[2], call: Array(words[3...]))
    case ("ask", 2):
      do {
        try await tell(words[1], by: replica.receipt(of: try RequestID(words[1])))
      } catch OrderError.unknown {
        say("unknown \(words[1])")
      }
    case ("sync", 2): await sync(with: words[1])
    case ("visit", 1):
      try await replica.perform(registry.visit, "mon")
      say("visited")
    case ("voters", 2...):
      let voters = Set(words.dropFirst().compactMap { ReplicaID($0) })
      try await replica.changeVoters(to: voters, within: Self.patience)
      say("voters")
    case ("takeOver", 1):
      try await replica.takeOver(within: Self.patience)
      say("office")
    case ("state", 1): say("state \(try replica.snapshot.digest)")
    default: say("failed \(words.joined(separator: " ")): it is no command")
    }
  }

  /// How long is waited for others: for ever, as those who wait end before.
  private static let patience = Duration.seconds(86_400)

  private func sync(with other: String) async {
    do {
      let descriptor = try makeSocket(
        at: socketPath(of: Int(other) ?? 0), by: connect)
      defer { close(descriptor) }
      try await replica.sync(over: Socket(descriptor: descriptor))
      say("synced \(other)")
    } catch {
      say("apart \(other) \(error)")
    }
  }

  /// Submits a call, and tells when it is durable, and what became of it.
  private func submit(_ name: String, lifetime: String, call: [String]) async throws {
    let request = try RequestID(name)
    let lifetime = Duration.milliseconds(Int(lifetime) ?? 0)
    let key = call[1]
    let receipt: Receipt
    switch (call[0], call.count) {
    case ("claim", 3):
      receipt = try await replica.submit(
        registry.claim, key, call[2], request: request, lifetime: lifetime)
    case ("release", 3):
      receipt = try await replica.submit(
        registry.release, key, call[2], request: request, lifetime: lifetime)
    case ("change", 4):
      receipt = try await replica.submit(
        registry.change, key, call[2] == "-" ? nil : call[2], call[3], request: request,
        lifetime: lifetime)
    default:
      if fault == .staleReads {
        say("accepted \(name)")
        return tell(name, cameTo: .read(try replica.snapshot[registry.names, key]?.value))
      }
      receipt = try await replica.submit(
        registry.look, key, request: request, lifetime: lifetime)
    }
    say("accepted \(name)")
    if fault == .lostClaims, call[0] == "claim", let outcome = try await receipt.tentative() {
      return tell(name, cameTo: outcome)
    }
    try await tell(name, by: receipt)
  }

  /// Tells what became of a request, once that is known.
  private func tell(_ name: String, by receipt: Receipt) async throws {
    let outcome = try await receipt.outcome(within: Self.patience)
    guard case .decided(let execution) = try receipt.state else { return }
    tell(name, cameTo: outcome, at: OrderPlace(execution.executor))
  }

  private func tell(_ name: String, cameTo outcome: RequestOutcome, at place: OrderPlace? = nil) {
    let bytes = outcome.binaryEncoded().map { String($0, radix: 16) }.joined(separator: ",")
    say("decided \(name) \(place?.description ?? "-") \(bytes)")
  }
}

/// Prints a line in one write, so that it is never seen by half.
func say(_ line: String) {
  let bytes = Array((line.replacing("\n", with: " ") + "\n").utf8)
  if write(1, bytes, bytes.count) != bytes.count { exit(4) }
}
