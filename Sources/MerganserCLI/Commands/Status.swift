import ArgumentParser
import Foundation
import MerganserNetwork

/// `merganser status`.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Print how a relay is: who is linked, how far behind, what went wrong.",
    discussion: """
      ADDRESS is where merganser serve says how it is (--health). For every peer it prints how far its link has come \
      (linked; behind, if it takes nothing of what is being sent; waiting to be tried again), how many versions it is \
      not known to hold (lag), since when, where it is, and what has gone wrong last. The exit status is 1 if the relay is \
      not well.

      Example:
        merganser status http://127.0.0.1:9400
      """)

  @Argument(help: "The address of the relay's health port.")
  var address: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    #if Network
      let place = try NetworkAddress(ofHealthPort: address)
      let answer = try await HTTPClient(place).ask("/status")
      guard answer.status == 200,
        let status = try? JSONDecoder().decode(RelayStatus.self, from: Data(answer.body))
      else { throw Failure("\(address) answers, but not as the health port of merganser serve") }
      if json { try JSONOutput.print(status) } else { status.print() }
      if status.trouble != nil { throw ExitCode.failure }
    #else
      throw Failure.withoutNetworks
    #endif
  }
}
