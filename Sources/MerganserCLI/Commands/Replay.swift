import ArgumentParser

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a ledger of bank transactions through branches on disk.")

  func run() async throws {}
}
