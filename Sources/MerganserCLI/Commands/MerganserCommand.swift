import ArgumentParser
import Dispatch
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog

/// Runs the command that the process's arguments name, and ends the process if it fails.
///
/// It is not asynchronous: what the language sets up before an asynchronous entry opens files, and they would have the
/// numbers of standard streams that are closed.
package func runMerganserCommand() {
  StandardStreams.occupy()
  let end = DispatchSemaphore(value: 0)
  Task {
    await MerganserCommand.main()
    end.signal()
  }
  end.wait()
}

/// The command `merganser`: one subcommand a file.
struct MerganserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merganser",
    abstract: "Replicated data that keeps its invariants: run, persist and inspect replicas.",
    discussion: """
      Begin with merganser demo. A store is a folder that holds one replica of a database; show, log, \
      stat, dump, verify, backup and export read one while its program is at work.

      One transaction writes at most \(StoredVersion.maximumSize >> 20) MB; one that writes more is refused as a whole, by name, and \
      has to be split.

      Example:
        merganser show demo/stores/lisbon
      """,
    version: Program.version,
    subcommands: [
      Demo.self, DemoNetwork.self, Replay.self, Show.self, Log.self, Stat.self, Dump.self,
      Verify.self, Sync.self, Serve.self, Status.self, Identity.self, Invite.self, Join.self,
      Export.self, Import.self,
      Backup.self, Compact.self, Forget.self, Accept.self, Renew.self, Succeed.self, SetAside.self,
      Heal.self, Requests.self, Orders.self, Check.self, Simulate.self, VerifyHere.self,
      DemoBranchProcess.self, NetworkBranch.self, TortureNetwork.self,
    ])

  /// Runs the command that the arguments name.
  ///
  /// Whatever stops it becomes one line on standard error and an exit status that is not 0.
  static func main() async {
    do {
      try checkWords(CommandLine.arguments.dropFirst())
      var command = try parsed()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try StandardStreams.flush()
    } catch {
      let failure = Failure(of: error, in: Self.self) ?? end(with: error)
      fflush(nil)
      failure?.report()
      Foundation.exit(failure?.status ?? exitCode(for: error).rawValue)
    }
  }

  /// The command that the arguments name.
  private static func parsed() throws -> any ParsableCommand {
    let command = try parseAsRoot()
    if let reader = command as? any StoreReader { DamageSignal.expect(in: reader.storesRead) }
    return command
  }

  /// Prints what an error that is no failure has to say, as a request for help does; the failure to print it.
  private static func end(with error: any Error) -> Failure? {
    let text = fullMessage(for: error)
    for line in text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false) {
      Terminal.say(String(line))
    }
    do { try StandardStreams.flush() } catch { return Failure(of: error, in: Self.self) }
    return nil
  }

  /// Refuses empty words, which name nothing, and the name of a command that there is not; says which was
  /// probably meant.
  private static func checkWords(_ words: ArraySlice<String>) throws {
    if let place = words.firstIndex(of: "") {
      throw Failure("argument \(place) is empty; name something, or leave it out", status: 64)
    }
    guard var name = words.first else { return }
    if name == "help", let topic = words.dropFirst().first { name = topic }
    if name.hasPrefix("-") { return }
    var names = ["help"]
    var shown: [String] = []
    for command in configuration.subcommands {
      let name = command.configuration.commandName ?? ""
      let isShown = command.configuration.shouldDisplay
      names.append(name)
      if isShown { shown.append(name) }
    }
    guard !names.contains(name) else { return }
    let meant = Suggestion.nearest(to: name, among: shown)
    throw Failure(
      "there is no command \(name.shortened(to: 40)); "
        + (meant.map { "did you mean \($0)?" } ?? "there are \(shown.joined(separator: ", "))"),
      status: 64)
  }
}
