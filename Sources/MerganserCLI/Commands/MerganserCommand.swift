import ArgumentParser

/// The command `merganser`: one subcommand a file.
@main
struct MerganserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merganser",
    abstract: "Replicated data that keeps its rules: run, persist and inspect replicas.",
    subcommands: [Replay.self])
}
