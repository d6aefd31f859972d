import Foundation
import Merganser

/// One replica of several, each in a process of its own, that submit to an order: what tests start, kill and read by line.
///
/// The arguments are a folder, the replica's number, the founder's id (`-` for the founder itself), and a fault, if one is
/// planted.
@main
enum OrderWorkload {
  static func main() async {
    // A peer that has gone is an error of `write`; what hangs is a fault like any other.
    signal(SIGPIPE, SIG_IGN)
    alarm(900)
    let arguments = CommandLine.arguments
    guard arguments.count >= 4, let number = Int(arguments[2]) else {
      say("usage: OrderWorkload <folder> <number> <founder>|- [staleReads|lostClaims]")
      exit(2)
    }
    do {
      let member = try await Member(
        number: number, in: arguments[1], joining: ReplicaID(arguments[3]),
        planting: arguments.count > 4 ? Member.Fault(rawValue: arguments[4]) : nil)
      try await member.run()
      exit(0)
    } catch {
      say("failed to run: \(error)")
      exit(3)
    }
  }
}
