import ArgumentParser
import Foundation
import Merganser
import MerganserDatabase
import MerganserLog
import MerganserNetwork

/// `merganser join`.
struct Join: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Join a database by an invitation: a new store, with its certificate, synced.",
    discussion: """
      ADDRESS is where merganser serve answers those who join (--join). The key is made here, and leaves this machine at no \
      time; the other side is known by the authority that the invitation names. The invitation is used then, whatever \
      comes afterwards. The store's key and certificate are in STORE.pem, unless --save names another file. Open the store with \
      its program, or serve it.

      Example:
        merganser join tcp://example.org:7401 --invitation laptop.invitation laptop
        merganser sync laptop tcp://example.org:7400 --identity laptop.pem
      """)

  @Argument(help: "Where those are answered who join.")
  var address: String

  @Argument(help: "The folder of the new store.", completion: .directory)
  var store: String

  @Option(help: "The file of the invitation; - for standard input.", completion: .file())
  var invitation: String

  @Option(help: "The new file of the store's key and certificate.", completion: .file())
  var save: String?

  func run() async throws {
    #if Network
      let place = try NetworkAddress(address)
      let text = String(
        decoding: try UserFile.read(invitation, limit: 1 << 16), as: UTF8.self)
      let invited = try Invitation(text)
      let key = save ?? LogStore.trimmed(store) + ".pem"
      // Refused before the invitation is used.
      try UserFile.requireRoom(forFolder: store)
      try UserFile.requireNew(key)
      let admission = try await Admission(at: place, by: invited)
      let member = admission.identity
      try member.save(to: key)
      let opened = try LogStore.create(
        at: store,
        identity: StoreIdentity(
          replica: member.replica, founder: member.database, schema: admission.schema))
      defer { try? opened.close() }
      Terminal.say("\(store) is replica \(member.replica) of the database \(member.database)")
      Terminal.say("\(key) has its key, with a certificate until \(member.end.formatted(.iso8601))")
      guard let link = admission.address else {
        Terminal.say("\(store) was told no address that it can reach: sync it where one listens")
        return try opened.close()
      }
      do {
        let report = try await NetworkSync(
          peer: try StorePeer(opened), address: link, security: .members(member),
          acceptingRemovals: 0
        ).run()
        Terminal.say(
          "\(store) took in "
            + (report.receivedState ? "rows" : report.received.counted("version")) + " from \(link)"
        )
      } catch {
        throw Failure(
          "\(store) has joined, and did not sync: \(error); try again: merganser sync \(store) \(link) --identity \(key)"
        )
      }
      try opened.close()
    #else
      throw Failure.withoutNetworks
    #endif
  }
}
