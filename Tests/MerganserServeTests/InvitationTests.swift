#if Network
  import CommandSupport
  import Foundation
  import Logging
  import Merganser
  import MerganserDatabase
  import MerganserNetwork
  import TestSupport
  import Testing

  /// A new replica joins by an invitation: once, in time, and by the authority that it names.
  @Suite(.timeLimit(.minutes(15))) struct InvitationTests {
    /// Runs the command, which has to succeed; what it prints.
    @discardableResult
    private func run(_ arguments: String..., in folder: TemporaryFolder) throws -> String {
      let outcome = try Command.start(arguments, in: folder).finish()
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(arguments): \(outcome)")
      return outcome.output
    }

    /// Runs the command, which has to refuse in one line.
    private func refused(_ arguments: [String], by reason: String, in folder: TemporaryFolder)
      throws
    {
      let outcome = try Command.start(arguments, in: folder).finish()
      #expect(outcome.isOneLineFailure, "\(arguments): \(outcome)")
      #expect(outcome.errors.contains(reason), "\(arguments): \(outcome.errors)")
    }

    /// Makes a store, its authority and its key, all of one name.
    private func found(_ name: String, in folder: TemporaryFolder) async throws {
      _ = try await makeStore(name, in: folder)
      try run(
        "identity", name, "--new-authority", "\(name).authority", "--save", "\(name).pem",
        in: folder)
    }

    /// Serves a store to those who have invitations.
    private func serving(_ name: String, in folder: TemporaryFolder) throws -> Server {
      try Server(
        [
          "serve", name, "--listen", "tcp://127.0.0.1:0", "--identity", "\(name).pem",
          "--join", "tcp://127.0.0.1:0", "--authority", "\(name).authority",
        ], in: folder)
    }

    private func mode(_ name: String, in folder: TemporaryFolder) throws -> Int {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(of: name))
      return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func whoIsInvitedJoinsAndSyncs() async throws {
      let folder = try TemporaryFolder()
      try await found("relay", in: folder)
      let server = try serving("relay", in: folder)
      let place = await server.after("joining at ")
      let address = await server.address
      for name in ["laptop", "phone"] {
        try run(
          "invite", "relay", "--authority", "relay.authority", "--save", "\(name).invitation",
          in: folder)
        let joined = try run("join", place, name, "--invitation", "\(name).invitation", in: folder)
        #expect(joined.contains("took in") && joined.contains("from \(address)"), "\(joined)")
        #expect(joined.contains("\(name).pem has its key"), "\(joined)")
      }
      for file in ["relay.authority", "relay.pem", "laptop.pem", "laptop.invitation"] {
        #expect(try mode(file, in: folder) == 0o600, "\(file)")
      }
      #expect(try mode("relay.authority.used", in: folder) == 0o600)
      // Its program opens it, as any other store, and what it writes comes to the other.
      let laptop = try await Replica.open(notes, at: folder.path(of: "laptop"))
      #expect(try laptop.snapshot.has("of relay"))
      try await laptop.note("from the laptop")
      try await laptop.close()
      for name in ["laptop", "phone"] {
        try run("sync", name, address, "--identity", "\(name).pem", in: folder)
      }
      #expect(try run("show", "phone", "notes", in: folder).contains("from the laptop"))
      #expect(server.end() == 0)
      #expect(try run("identity", "laptop", in: folder).contains("replica   \(laptop.id)\n"))
    }

    @Test func anInvitationIsUsedOnceAlsoAfterARestart() async throws {
      let folder = try TemporaryFolder()
      try await found("relay", in: folder)
      let text = try run("invite", "relay", "--authority", "relay.authority", in: folder)
      try text.write(
        toFile: folder.path(of: "invitation"), atomically: true, encoding: .utf8)
      func join(_ name: String, at place: String) -> [String] {
        ["join", place, name, "--invitation", "invitation"]
      }
      let first = try serving("relay", in: folder)
      let place = await first.after("joining at ")
      _ = await first.address
      let joined = try Command.start(join("laptop", at: place), in: folder).finish()
      #expect(joined.status == 0, "\(joined)")
      try refused(join("phone", at: place), by: "the invitation was used", in: folder)
      #expect(first.end(by: SIGKILL) == SIGKILL)
      let second = try serving("relay", in: folder)
      try refused(
        join("phone", at: await second.after("joining at ")), by: "the invitation was used",
        in: folder)
      await second.logs("nobody has joined")
      #expect(!FileManager.default.fileExists(atPath: folder.path(of: "phone")))
      #expect(!FileManager.default.fileExists(atPath: folder.path(of: "phone.pem")))
      #expect(second.end() == 0)
    }

    @Test func whatIsNoInvitationHereIsRefusedByName() async throws {
      let folder = try TemporaryFolder()
      try await found("relay", in: folder)
      try await found("other", in: folder)
      // Another authority of the same database.
      try run("identity", "relay", "--new-authority", "stranger", in: folder)
      for (name, store, authority, hours) in [
        ("good", "relay", "relay.authority", "1"), ("expired", "relay", "relay.authority", "0"),
        ("foreign", "other", "other.authority", "1"), ("strange", "relay", "stranger", "1"),
      ] {
        try run(
          "invite", store, "--authority", authority, "--hours", hours, "--save", name, in: folder)
      }
      let text = try String(contentsOfFile: folder.path(of: "good"), encoding: .utf8)
      let good = try Invitation(text)
      func write(_ text: String, to name: String) throws {
        try text.write(toFile: folder.path(of: name), atomically: true, encoding: .utf8)
      }
      // Its time is made longer.
      let end = "\(Int(good.end.timeIntervalSince1970))"
      try write(text.replacing(":\(end):", with: ":4000000000:"), to: "changed")
      try write("merganser-invitation:1:nothing", to: "nothing")
      let server = try serving("relay", in: folder)
      let place = await server.after("joining at ")
      let address = await server.address
      for (name, reason) in [
        ("expired", "the invitation ended"), ("foreign", "another's than the one"),
        ("strange", "another's than the one"), ("changed", "has not signed this invitation"),
        ("nothing", "no invitation"), ("nowhere", "nowhere"),
      ] {
        try refused(["join", place, "new", "--invitation", name], by: reason, in: folder)
      }
      // A server that has no invitations to give; a store that is there; a name that is taken.
      try refused(
        ["join", address, "new", "--invitation", "good"], by: "the other side", in: folder)
      try refused(
        ["join", place, "other", "--invitation", "good"], by: "of this name already", in: folder)
      try write("mine", to: "new.pem")
      try refused(["join", place, "new", "--invitation", "good"], by: "new.pem", in: folder)
      // The good one was not used by any of these.
      try run("join", place, "late", "--invitation", "good", in: folder)
      #expect(server.end() == 0)
    }

    @Test func theDeskChecksWhateverItIsAsked() async throws {
      let folder = try TemporaryFolder()
      let (ours, theirs) = (ReplicaID.random(), ReplicaID.random())
      let authority = try DatabaseAuthority(of: ours)
      let schema = try Catalog(notes).description
      let used = try UsedInvitations(at: folder.path(of: "used"))
      let desk = InvitationDesk(
        authority: authority, used: used, schema: { schema },
        addresses: { [] }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      func answer(_ invitation: Invitation, key: String = MemberKey().publicKey) throws
        -> HTTPAnswer
      {
        let question = ["invitation": "\(invitation)", "publicKey": key]
        return desk.answer(
          HTTPQuestion(
            method: "POST", path: "/join", body: Array(try JSONEncoder().encode(question))))
      }
      let later = Date.now.addingTimeInterval(3600)
      let good = try authority.invitation(until: later)
      for (invitation, reason) in [
        (
          try DatabaseAuthority(of: theirs).invitation(until: later), "is to the database \(theirs)"
        ),
        (try DatabaseAuthority(of: ours).invitation(until: later), "has not signed"),
        (try authority.invitation(until: .now.addingTimeInterval(-1)), "ended"),
      ] {
        let refused = try answer(invitation)
        #expect(refused.status == 403 && refused.text.contains(reason), "\(refused.text)")
      }
      #expect(try answer(good, key: "no key").text.contains("no key that can be certified"))
      #expect(try answer(good).status == 200)
      #expect(try answer(good).text.contains("was used"))
      // What a crash has torn is no line, and hides none.
      try FileHandle(forWritingAtPath: folder.path(of: "used")).map {
        try $0.seekToEnd()
        try $0.write(contentsOf: Data("abc".utf8))
      }
      // Neither while it is open, nor for who opens it again, whoever has used it.
      let behind = try authority.invitation(until: later)
      #expect(try answer(behind).status == 200)
      let again = try UsedInvitations(at: folder.path(of: "used"))
      let next = try authority.invitation(until: later)
      let other = InvitationDesk(
        authority: authority, used: again, schema: { schema },
        addresses: { [] }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      let question = ["invitation": "\(next)", "publicKey": MemberKey().publicKey]
      let body = Array(try JSONEncoder().encode(question))
      #expect(
        other.answer(HTTPQuestion(method: "POST", path: "/join", body: body)).status == 200)
      for known in [good, behind, next] {
        let body = Array(
          try JSONEncoder().encode([
            "invitation": "\(known)", "publicKey": MemberKey().publicKey,
          ]))
        let refused = other.answer(HTTPQuestion(method: "POST", path: "/join", body: body))
        #expect(refused.text.contains("was used"), "\(refused.text)")
        #expect(try answer(known).text.contains("was used"))
      }
      let lines = try String(contentsOfFile: folder.path(of: "used"), encoding: .utf8)
        .split(separator: "\n")
      #expect(
        lines.count == 4 && lines[0].hasPrefix("\(good.id)") && lines[3].hasPrefix("\(next.id)"))
    }
  }

  extension HTTPAnswer {
    /// The answer's text.
    fileprivate var text: String {
      if case .bytes(let bytes) = content { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
  }
#endif
