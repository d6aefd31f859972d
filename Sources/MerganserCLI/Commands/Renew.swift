import ArgumentParser
import Merganser
import MerganserLog

/// `merganser renew`.
struct Renew: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew",
    abstract: "Give a store a new replica id.",
    discussion: """
      For a store whose identity goes on elsewhere, or has ended: one that was restored from an earlier \
      state, or copied in a way that the store could not notice. What the old replica wrote stays in the \
      log; rights that it held stay with it, or go to its heir. No program has the store open meanwhile.

      Example:
        merganser renew shop
      """)

  @Argument(help: "The store's folder.", completion: .directory)
  var store: String

  func run() throws {
    try VerificationProcess.refuseDamage(of: store)
    let opened = try LogStore.open(at: store)
    defer { try? opened.close() }
    let old = opened.identity.replica
    if opened.renewal == nil { try opened.changeReplica(to: .random()) }
    let new = opened.identity.replica
    try opened.close()
    if let renewal = opened.renewal {
      Terminal.say("\(store) is \(new) now: \(renewal)")
    } else {
      Terminal.say("\(store) was \(old), and is \(new) now")
    }
  }
}
