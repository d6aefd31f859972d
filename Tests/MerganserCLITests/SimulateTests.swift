import TestSupport
import Testing

@Suite struct SimulateTests {
  @Test func aSeedIsOneRun() throws {
    let folder = try TemporaryFolder()
    let runs = try (0..<2).map { _ in
      try Command.run("simulate", "--seed", "7", "--runs", "2", "--steps", "100", in: folder)
    }
    #expect(runs[0].status == 0 && runs[0].errors.isEmpty, "\(runs[0].errors)")
    #expect(runs[0].output.hasPrefix("2 runs, 200 events\n"), "\(runs[0].output)")
    #expect(runs[0].output == runs[1].output)
  }

  @Test(arguments: ["--replicas=0", "--replicas=1001", "--steps=-1", "--runs=0"] as [String])
  func whatIsOutOfRangeIsRefused(option: String) throws {
    let folder = try TemporaryFolder()
    let run = try Command.run("simulate", option, in: folder)
    #expect(run.status != 0)
    #expect(run.errors.contains("must be from"), "\(run.errors)")
  }
}
