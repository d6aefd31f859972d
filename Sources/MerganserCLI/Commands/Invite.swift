import ArgumentParser
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserNetwork

/// `merganser invite`.
struct Invite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite",
    abstract: "Make an invitation, by which one new replica joins a database.",
    discussion: """
      The authority signs it. Whoever has it can join, once, until it ends, where merganser serve answers those who join \
      (--join, with the same authority). Without --save it is printed: it is a secret, so hand it on as one. The store may be \
      in use.

      Example:
        merganser invite shop --authority authority.pem --save laptop.invitation
      """)

  @Argument(help: "The folder of a store of the database.", completion: .directory)
  var store: String

  @Option(help: "The file of the database's authority.", completion: .file())
  var authority: String

  @Option(help: "For how many hours it can be used.")
  var hours = 24.0

  @Option(
    help: "Write it to this new file, which nobody but its owner can read.", completion: .file())
  var save: String?

  func validate() throws {
    guard (0...8784).contains(hours) else {
      throw ValidationError("--hours must be from 0 to 8784; found \(hours)")
    }
  }

  func run() throws {
    #if Network
      let reading = try LogStore.openForReading(at: store)
      let identity = reading.identity
      reading.close()
      let signer = try DatabaseAuthority(at: authority, of: identity)
      let invitation = try signer.invitation(until: .now.addingTimeInterval(hours * 3600))
      if let save {
        try invitation.save(to: save)
        Terminal.say("\(save) lets one replica in until \(invitation.end.formatted(.iso8601))")
      } else {
        Terminal.say("\(invitation)")
      }
    #else
      throw Failure.withoutNetworks
    #endif
  }
}
