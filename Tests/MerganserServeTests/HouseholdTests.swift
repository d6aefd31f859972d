#if Network
  import CommandSupport
  import Foundation
  import TestSupport
  import Testing

  /// The program that the documentation shows, as a server and two clients: three processes.
  @Suite(.timeLimit(.minutes(15))) struct HouseholdTests {
    private static let program = Command.executable.deletingLastPathComponent()
      .appending(path: "Household")

    @Test func aServerAndTwoClientsHoldOneDatabase() async throws {
      let folder = try TemporaryFolder()
      func run(_ arguments: String...) throws -> String {
        let outcome = try Command.start(arguments, of: Self.program, in: folder).finish()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(arguments): \(outcome)")
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      let founder = try run("found", "server", "authority.pem")
      _ = try run("certify", "authority.pem", founder, "server.pem")
      for client in ["laptop", "phone"] {
        let replica = try run("join", client, founder)
        _ = try run("certify", "authority.pem", replica, "\(client).pem")
      }
      let server = try Server(
        ["serve", "server", "server.pem", "tcp://127.0.0.1:0"], of: Self.program, in: folder)
      let address = await server.address
      for (client, task, all) in [
        ("laptop", "buy milk", "buy milk"),
        ("phone", "mow the lawn", "buy milk\nmow the lawn"),
        ("laptop", "call Ann", "buy milk\ncall Ann\nmow the lawn"),
      ] {
        #expect(try run("add", client, "\(client).pem", address, task) == all)
      }
      #expect(server.end(by: SIGKILL) == SIGKILL)
    }
  }
#endif
