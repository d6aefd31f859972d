import ArgumentParser
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserNetwork

/// `merganser identity`.
struct Identity: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identity",
    abstract: "Show who a store is; make its key and certificate, and the database's authority.",
    discussion: """
      A database's authority is a key that signs the certificates of its members, by which the two sides of a link know each \
      other. Make it once, with --new-authority; whoever has that file can make members, so keep it where it is needed \
      alone. With --authority and --save a key is made for the store's replica, with a certificate that holds for a year. \
      Files with keys are new, and nobody but their owner can read them. The store may be in use.

      Example:
        merganser identity shop --new-authority authority.pem
        merganser identity shop --authority authority.pem --save shop.pem
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Option(help: "Make the database's authority, in this new file.", completion: .file())
  var newAuthority: String?

  @Option(help: "The file of the database's authority.", completion: .file())
  var authority: String?

  @Option(help: "Make the store's key and certificate, in this new file.", completion: .file())
  var save: String?

  func validate() throws {
    guard newAuthority == nil || authority == nil else {
      throw ValidationError("--new-authority and --authority contradict each other; give one")
    }
    guard save == nil || newAuthority != nil || authority != nil else {
      throw ValidationError("--save needs who signs: --authority, or --new-authority")
    }
    guard authority == nil || save != nil else {
      throw ValidationError("--authority says nothing without --save")
    }
  }

  func run() throws {
    let reading = try LogStore.openForReading(at: store)
    let identity = reading.identity
    reading.close()
    Terminal.say("replica   \(identity.replica)\(identity.isFounder ? ", the founder" : "")")
    Terminal.say("database  \(identity.founder)")
    guard newAuthority != nil || authority != nil else { return }
    #if Network
      let signer: DatabaseAuthority
      if let newAuthority {
        signer = try DatabaseAuthority(of: identity.founder)
        try signer.save(to: newAuthority)
        Terminal.say("authority \(newAuthority): whoever has it can make members")
      } else {
        signer = try DatabaseAuthority(at: authority ?? "", of: identity)
      }
      if let save {
        let member = try signer.identity(of: identity.replica)
        try member.save(to: save)
        Terminal.say(
          "key       \(save), with a certificate until \(member.end.formatted(.iso8601))")
      }
    #else
      throw Failure.withoutNetworks
    #endif
  }
}

extension StoreIdentity {
  fileprivate var isFounder: Bool { replica == founder }
}

#if Network
  extension DatabaseAuthority {
    /// The authority in a file, which has to be that of a store's database.
    init(at path: String, of identity: StoreIdentity) throws {
      try self.init(at: path)
      guard database == identity.founder else {
        throw Failure(
          "\(path) is the authority of the database \(database), and the store is of \(identity.founder)"
        )
      }
    }
  }
#endif
