#if Network
  // A household's tasks, on a server and on the machines of its members.
  import Foundation
  import Merganser
  import MerganserNetwork

  struct Household: Schema {
    let tasks = Table<String, LWWRegister<String>>("tasks")
  }

  /// Why the program's arguments make no sense.
  struct ArgumentError: Error, CustomStringConvertible {
    let description: String
  }

  func replicaID(_ text: String) throws -> ReplicaID {
    guard let id = ReplicaID(text) else {
      throw ArgumentError(description: "\"\(text)\" is no replica's id")
    }
    return id
  }

  func say(_ line: some CustomStringConvertible) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }

  func run(_ arguments: [String]) async throws {
    let household = Household()
    switch (arguments.first, arguments.count) {
    case ("found", 3):  // found STORE AUTHORITY
      let replica = try await Replica.open(household, at: arguments[1])
      try DatabaseAuthority(of: replica.founder).save(to: arguments[2])
      say(replica.founder)
      try await replica.close()
    case ("join", 3):  // join STORE FOUNDER
      let founder = try replicaID(arguments[2])
      let replica = try await Replica.open(household, at: arguments[1], joining: founder)
      say(replica.id)
      try await replica.close()
    case ("certify", 4):  // certify AUTHORITY REPLICA KEY
      let authority = try DatabaseAuthority(at: arguments[1])
      try authority.identity(of: replicaID(arguments[2])).save(to: arguments[3])
    case ("serve", 4):  // serve STORE KEY ADDRESS
      let replica = try await Replica.open(household, at: arguments[1])
      let security = NetworkSecurity.members(try MemberIdentity(at: arguments[2]))
      let listener = replica.listen(on: try NetworkAddress(arguments[3]), security: security)
      async let running: Void = listener.run()
      say("listening at \(try await listener.address)")
      try await running
    case ("add", 5):  // add STORE KEY ADDRESS TASK
      let replica = try await Replica.open(household, at: arguments[1])
      try await replica.write { try $0[household.tasks, arguments[4]].set("open") }
      let security = NetworkSecurity.members(try MemberIdentity(at: arguments[2]))
      let connector = replica.connect(to: try NetworkAddress(arguments[3]), security: security)
      async let running: Void = connector.run()
      for await status in connector.statuses where status.peers.first?.state == .linked { break }
      connector.drain()  // ends once both have what either had
      try await running
      for row in try replica.snapshot.rows(household.tasks) { say(row.key) }
      try await replica.close()
    default:
      throw ArgumentError(
        description: """
          found STORE AUTHORITY | join STORE FOUNDER | certify AUTHORITY REPLICA KEY
          serve STORE KEY ADDRESS | add STORE KEY ADDRESS TASK
          """)
    }
  }

  do {
    try await run(Array(CommandLine.arguments.dropFirst()))
  } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
  }
#endif
