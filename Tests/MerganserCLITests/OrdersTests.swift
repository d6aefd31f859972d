import CommandSupport
import Foundation
import Merganser
import MerganserDatabase
import MerganserModel
import TestSupport
import Testing

/// What was submitted to the order, as an operator sees it.
@Suite struct OrdersTests {
  private struct Club: TransactionSchema {
    let logins = Table<String, LWWRegister<String>>("logins")

    var invariants: [any Invariant] { Ordered("a login is one member's", on: logins, in: "logins") }

    var transactions: [AnyDeclaredTransaction] { claim }

    var claim: DeclaredTransaction<(String, String)> {
      .claim("claim", in: logins, over: ["ann"], for: ["1"])
    }

    var plan: Plan {
      get throws {
        Plan(
          fingerprint: try Catalog(self).fingerprint,
          entries: [
            "claim": Plan.Entry(
              way: .ordered, invariants: [],
              writes: [Effect(.insert, in: "logins"), Effect(.write, in: "logins")])
          ])
      }
    }
  }

  @Test func whatIsOpenAndDecidedIsShown() async throws {
    let folder = try TemporaryFolder()
    let club = Club()
    let running = Running(by: try club.plan)
    let home = try await Replica.open(club, at: folder.path + "/home", running: running)
    let away = try await Replica.open(
      club, at: folder.path + "/away", joining: home.founder, running: running)
    try await home.sync(with: away)
    let empty = try Command.run("orders", "home", in: folder)
    #expect(empty.output.contains("no request is open here\nnothing was decided\n"), "\(empty)")
    for (login, member) in [("ann", "1"), ("ann", "2"), ("bo", "2")] {
      try await away.submit(club.claim, login, member)
    }
    let open = try Command.run("orders", "away", in: folder)
    #expect(open.status == 0 && open.output.contains("open: 3\n"), "\(open)")
    #expect(open.output.contains("they run once they have come to the primary"), "\(open)")
    for _ in 0..<2 { try await home.sync(with: away) }
    try await home.close()
    try await away.close()
    let decided = try Command.run("orders", "away", "--decided", "2", in: folder)
    #expect(decided.output.contains("decided: 3, the last 2:\n"), "\(decided)")
    #expect(decided.output.contains("0:2  claim: rejected"), "\(decided)")
    #expect(decided.output.contains("ann of logins is taken, by 1"), "\(decided)")
    #expect(decided.output.contains("0:3  claim: committed"), "\(decided)")
    #expect(!decided.output.contains("0:1"), "\(decided)")
    #expect(decided.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(decided)")
    let after = try Command.run("orders", "home", in: folder)
    #expect(after.output.contains("it is this store; epoch 0"), "\(after)")
    let json = try Command.run("orders", "home", "--json", in: folder)
    #expect(json.output.contains(#""isPrimary" : true"#), "\(json)")
    #expect(json.output.contains(#""transaction" : "claim""#), "\(json)")
    #expect(try Command.run("orders", "home", "--decided", "-1", in: folder).isOneLineFailure)
  }

  @Test func votersAreShownAndALostMajorityIsEnded() async throws {
    let folder = try TemporaryFolder()
    let club = Club()
    let running = Running(by: try club.plan)
    let home = try await Replica.open(club, at: folder.path + "/home", running: running)
    var replicas = [home]
    for name in ["porto", "faro"] {
      let replica = try await Replica.open(
        club, at: folder.path + "/" + name, joining: home.founder, running: running)
      try await home.sync(with: replica)
      // Whoever votes is known by something that it wrote.
      try await replica.submit(club.claim, name, "1")
      replicas.append(replica)
    }
    for replica in replicas.dropFirst() { try await home.sync(with: replica) }
    try await home.changeVoters(to: Set(replicas.map(\.id)), within: .seconds(60))
    try await home.submit(club.claim, "ann", "1")
    let waiting = try Command.run("orders", "home", in: folder)
    #expect(waiting.output.contains("voters: 3, of whom 2 choose\n"), "\(waiting)")
    #expect(waiting.output.contains("has accepted what is next"), "\(waiting)")
    #expect(waiting.output.contains("waits for votes of"), "\(waiting)")
    #expect(waiting.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(waiting)")
    for _ in 0..<3 { for replica in replicas.dropFirst() { try await home.sync(with: replica) } }
    let followed = try Command.run("orders", "porto", in: folder)
    #expect(followed.output.contains("it is another replica; epoch 1\n"), "\(followed)")
    #expect(followed.output.contains("claim: committed"), "\(followed)")
    let json = try Command.run("orders", "porto", "--json", in: folder)
    #expect(json.output.contains(#""voters" : ["#), "\(json)")
    for replica in replicas { try await replica.close() }
    #expect(
      try Command.run("orders", "porto", "--end-epoch", "--json", in: folder).isOneLineFailure)
    let ended = try Command.run("orders", "porto", "--end-epoch", in: folder)
    #expect(ended.status == 0 && ended.output.contains("the order's only voter"), "\(ended)")
    let porto = try await Replica.open(club, at: folder.path + "/porto", running: running)
    let receipt = try await porto.submit(club.claim, "bo", "2")
    #expect(try await receipt.outcome(within: .seconds(60)).isCommitted)
    #expect(try await porto.orderStatus().voters == [porto.id])
    try await porto.close()
    // Where nobody has ever voted there is nothing to end.
    let sole = try await Replica.open(club, at: folder.path + "/sole", running: running)
    try await sole.close()
    let refused = try Command.run("orders", "sole", "--end-epoch", in: folder)
    #expect(refused.isOneLineFailure && refused.errors.contains("not the primary"), "\(refused)")
  }
}
