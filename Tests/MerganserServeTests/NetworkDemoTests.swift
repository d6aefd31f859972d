#if Network
  import CommandSupport
  import Foundation
  import TestSupport
  import Testing

  /// Branches as processes of their own: the story that is told, and a small form of the long run.
  ///
  /// With root they run in network namespaces, where the system lets one make them; what they ran on, they say.
  @Suite(.timeLimit(.minutes(15))) struct NetworkDemoTests {
    @Test func theStoryHoldsOnTheLoopback() throws {
      let folder = try TemporaryFolder()
      let result = try Command.run("demo-network", "--store", "bank", "--loopback", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("All are on the loopback"))
      #expect(result.output.contains("Faro    refused 0.01"))
      #expect(result.output.contains("Ana Sousa has 0.00 left"))
      #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
      // It is told again in the same folder, and in no other that has something.
      let again = try Command.run("demo-network", "--store", "bank", "--loopback", in: folder)
      #expect(again.status == 0, "\(again.errors)")
      let other = try Command.run("demo-network", "--store", ".", "--loopback", in: folder)
      #expect(other.status == 1 && other.errors.contains("is not empty"))
    }

    @Test(arguments: [true, false]) func nothingIsLostOnABadNetwork(isLoopback: Bool) throws {
      let folder = try TemporaryFolder()
      let result = try Command.start(
        ["torture-network", "run", "--seconds", "15", "--rate", "50"]
          + (isLoopback ? ["--loopback"] : []), in: folder
      ).finish()
      #expect(result.status == 0, "\(result.errors)\n\(result.output)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.contains { $0.contains("none lost") })
      print(lines.first ?? "", lines.last ?? "")
    }
  }
#endif
