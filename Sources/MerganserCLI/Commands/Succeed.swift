import ArgumentParser
import Merganser
import MerganserLog

/// `merganser succeed`.
struct Succeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "succeed",
    abstract: "End the identity of a replica that is lost for good, and take its place.",
    discussion: """
      The store's replica becomes the heir of the lost one: the rights that this one held count here from \
      now on. If it was the founder, new rows get their rights here, and what runs at the founder runs \
      here.

      The lost replica ends with the last of its writes that is in this store. What it wrote beyond \
      counts nowhere any more, and replicas that have such writes cannot sync with this one: so sync with \
      all replicas that are left first. It cannot be taken back. Keep a note of who was given up, and when: \
      nothing in a store proves it, and whoever is told that two replicas differ in it asks you. No program has the store open \
      meanwhile; one that has can call succeed itself.

      Example:
        merganser succeed porto --founder-is-gone
      """)

  @Argument(
    help: "The folder of the store that takes the lost one's place.", completion: .directory)
  var store: String

  @Flag(help: "The founder of the database, or its heir, is lost.")
  var founderIsGone = false

  @Option(help: "The lost replica: its id, or how that begins.")
  var replica: String?

  func validate() throws {
    guard founderIsGone != (replica != nil) else {
      throw ValidationError("say who is lost: --founder-is-gone, or --replica ID")
    }
  }

  func run() throws {
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    if let renewal = opened.renewal { Terminal.say("\(store) is a new replica now: \(renewal)") }
    let snapshot = try opened.snapshot()
    let lost = try lost(opened, snapshot: snapshot)
    let last = snapshot.heads[lost]?.sequence ?? 0
    try opened.succeed(lost)
    let heir = opened.identity.replica
    try opened.close()
    Terminal.say("\(lost) has ended with its write \(last); its heir is \(heir), which is \(store)")
  }

  private func lost(_ opened: LogStore, snapshot: any VersionSnapshot) throws -> ReplicaID {
    guard let replica else {
      let acting = try Succession(of: snapshot, identity: opened.identity).holder(
        for: opened.identity.founder)
      guard acting != opened.identity.replica else {
        throw Failure(
          """
          \(store) is the acting founder already, as replica \(acting.shortDescription): there is nothing to do. \
          If it is this store that is lost, let another one succeed it
          """)
      }
      return acting
    }
    return try KnownReplicas(of: store, relation: "has writes of", replicas: snapshot.heads.keys)
      .replica(replica)
  }
}
