import CommandSupport
import Foundation
import TestSupport
import Testing

@Suite struct SimulateTests {
  @Test func aSeedIsOneRun() throws {
    let folder = try TemporaryFolder()
    let runs = try (0..<2).map { _ in
      try Command.run("simulate", "--seed", "7", "--runs", "2", "--steps", "100", in: folder)
    }
    #expect(runs[0].status == 0 && runs[0].errors.isEmpty, "\(runs[0].errors)")
    #expect(runs[0].output.hasPrefix("2 runs, 200 events, "), "\(runs[0].output)")
    #expect(runs[0].output == runs[1].output)
  }

  @Test(arguments: ["--replicas=0", "--replicas=1001", "--steps=-1", "--runs=0"] as [String])
  func whatIsOutOfRangeIsRefused(option: String) throws {
    let folder = try TemporaryFolder()
    let run = try Command.run("simulate", option, in: folder)
    #expect(run.status != 0)
    #expect(run.errors.contains("must be from"), "\(run.errors)")
  }

  @Test func aRunIsDrawn() throws {
    let folder = try TemporaryFolder()
    let runs = try (0..<2).map { number in
      try Command.run(
        "simulate", "--seed", "7", "--replicas", "5", "--steps", "200", "--html", "\(number).html",
        in: folder)
    }
    #expect(runs[0].status == 0 && runs[0].output.hasSuffix("The run, drawn: 0.html\n"))
    let pages = try (0..<2).map { number in
      try String(contentsOfFile: "\(folder.path)/\(number).html", encoding: .utf8)
    }
    let page = pages[0]
    #expect(page.contains("every guarantee held") && page.hasSuffix("</html>"))
    for text in ["site 4", "is committed as", "nothing comes from sites", "faults stop", "→ site"] {
      #expect(page.contains(text), "\(text)")
    }
    // It needs nothing but itself.
    #expect(!page.contains("http") && !page.contains("<script"))
    #expect(page.count { $0 == "\n" } == pages[1].count { $0 == "\n" })
  }

  @Test func aPageThatHasNoFolderIsRefused() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run("simulate", "--html", "none/run.html", in: folder)
    #expect(run.isOneLineFailure, "\(run)")
  }
}
