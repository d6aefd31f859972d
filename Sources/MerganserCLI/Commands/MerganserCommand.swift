import ArgumentParser
import Foundation

/// The command `merganser`: one subcommand a file.
@main
struct MerganserCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merganser",
    abstract: "Replicated data that keeps its rules: run, persist and inspect replicas.",
    subcommands: [
      Demo.self, Replay.self, Show.self, Log.self, Stat.self, Dump.self, Verify.self, Sync.self,
      Export.self, Import.self,
      Backup.self, Compact.self, Forget.self, Accept.self, Renew.self, Succeed.self, SetAside.self,
      Check.self, VerifyHere.self,
      DemoBranchProcess.self,
    ])

  /// Runs the command that the arguments name.
  ///
  /// Whatever stops it becomes one line on standard error and an exit status that is not 0.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      guard fflush(nil) == 0 else {
        throw Failure("standard output: \(String(cString: strerror(errno)))")
      }
    } catch {
      guard let failure = Failure(of: error, in: Self.self) else { exit(withError: error) }
      fflush(nil)
      failure.report()
      Foundation.exit(failure.status)
    }
  }
}
