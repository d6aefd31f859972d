import CFileFaults
import Foundation
import Merganser

/// Does what goes through several stores in a process of its own, which may end badly.
///
/// Exit status 0: done. 1: something was found that must not be. 3: an operation ended with an error.
@main
enum ReplicaWorkload {
  static func main() async {
    // What hangs is a fault like any other.
    alarm(60)
    let arguments = CommandLine.arguments
    do {
      switch (arguments.count > 1 ? arguments[1] : "", arguments.count) {
      case ("trials", 5):
        guard let operation = Operation(rawValue: arguments[2]) else { break }
        var trials = DiskTrials(operation, in: arguments[3])
        try await trials.check(all: arguments[4] == "all")
        for finding in trials.findings { say(finding) }
        say("\(trials.count) trials, \(trials.met) faults met, \(trials.findings.count) findings")
        exit(trials.findings.isEmpty ? 0 : 1)
      case ("killed", 6):
        guard let operation = Operation(rawValue: arguments[2]),
          let function = UInt32(arguments[4]), let call = Int(arguments[5])
        else { break }
        file_faults_watch(arguments[3], nil)
        file_faults_arm_function(fault_kill, file_function(function), call)
        try await operation.run(in: arguments[3])
        exit(0)
      case ("fork", 3):
        try await AfterFork(in: arguments[2]).check()
        exit(0)
      default: break
      }
    } catch {
      say("\(error)")
      exit(3)
    }
    say("usage: ReplicaWorkload trials <operation> <folder> all|few, or fork <folder>")
    exit(2)
  }

  /// Prints a line in one write, so that it is never seen by half.
  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    if write(1, bytes, bytes.count) != bytes.count { exit(4) }
  }
}
