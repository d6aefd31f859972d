import ArgumentParser
import Merganser
import MerganserLog

/// `merganser forget`.
struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Keep nothing any more for a replica that will not come again.",
    discussion: """
      A store's log keeps what a replica lacks that it has synced with, within the limits of the \
      program's retention. Of one that is forgotten nothing is kept: the program truncates the log \
      when it works on. No program has the store open; one that has can forget a replica itself.

      What the replica wrote stays, and so do the rights that it holds. Should it come again, it is \
      handed rows, and loses nothing of its own. `merganser stat` lists the replicas that are known.

      Example:
        merganser forget bank/branch-1 b0b0b0b0
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  @Argument(help: "The replica: its id, or how that begins.")
  var peer: String

  func run() throws {
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    let replica = try KnownReplicas(of: store, relation: "knows", replicas: opened.peers.peers.keys)
      .replica(peer)
    try opened.forget(replica)
    try opened.close()
    Terminal.say("\(store) keeps nothing for \(replica) any more")
  }
}
