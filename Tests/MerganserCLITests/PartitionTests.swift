import CommandSupport
import Foundation
import TestSupport
import Testing

/// What `merganser check --partition` shows.
@Suite struct PartitionTests {
  @Test func whatIsSaidToGoWrongGoesWrongOnReplicas() throws {
    let folder = try TemporaryFolder()
    let check = try Command.run("check", "--partition", "bank", in: folder)
    #expect(check.status == 0, "\(check)")
    let lines = check.output.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
    for line in [
      "bank: no savings are below 0", "  Replicas A and B begin with", "  Replica A, apart:",
      "  Replica B, apart:", "    1. spend savings()", "  They sync, and all show",
      "      savings ann = -1",
    ] {
      #expect(lines.contains(line), "\(line)\n\(check.output)")
    }
    #expect(check.output.contains("  Broken at A and B: "), "\(check.output)")
    #expect(check.output.contains("refused with .everywhere: "), "\(check.output)")
    #expect(!check.output.contains("No invariant is broken"))
  }

  @Test func anExchangeBeforeIsOneOfTheSteps() throws {
    let folder = try TemporaryFolder()
    let check = try Command.run(
      "check", "--partition", "26", "--configurations", "2000", in: folder)
    #expect(check.status == 0, "\(check)")
    #expect(check.output.contains("    2. takes in what A has\n"), "\(check.output)")
    #expect(check.output.contains("  Broken at A and B: "), "\(check.output)")
  }

  @Test func whereNothingGoesWrongNothingIsRun() throws {
    let folder = try TemporaryFolder()
    let none = try Command.run("check", "--partition", "nothing", in: folder)
    #expect(none.isOneLineFailure && none.output.isEmpty, "\(none)")
    let mixed = try Command.run("check", "bank", "--partition", "bank", in: folder)
    #expect(mixed.isOneLineFailure && mixed.output.isEmpty, "\(mixed)")
  }
}
