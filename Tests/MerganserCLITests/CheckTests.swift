import CommandSupport
import Foundation
import TestSupport
import Testing

/// What `merganser check` prints, and its page.
@Suite struct CheckTests {
  @Test func theWayOfEachTransactionIsSaidAndEachSourceOnce() throws {
    let folder = try TemporaryFolder()
    let check = try Command.run(
      "check", "usernames", "bank", "--report", "page.html", in: folder)
    #expect(check.status == 0, "\(check)")
    let lines = check.output.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
    let text = check.output.replacing(/\s+/, with: " ")
    #expect(text.matches(of: /VLDB 2015, Table 2/).count == 1, "\(check.output)")
    for line in [
      "  choose a name  owned by argument 2, to keep: a name is one user's",
      "  leave          local",
      "  pay out        escrow", "  spend savings  ordered, to keep: no savings are below 0",
      "  [1] Bailis et al., Coordination Avoidance in Database Systems, VLDB 2015,",
      "    what helps: declare generated keys, or an owner for each name (by theorem:",
      "  a name is not empty: confluent: by theorem: equality and inequality of an",
      "ordered: at one replica, in one order with the others that are ordered",
    ] {
      #expect(lines.contains(line), "\(line)\n\(check.output)")
    }
    #expect(
      check.output.contains(
        /\nschema +transactions run +time\nusernames +1 owned, 2 local +[\d.]+ s\n/),
      "\(check.output)")

    let page = try String(contentsOfFile: "\(folder.path)/page.html", encoding: .utf8)
    #expect(page.matches(of: /VLDB 2015, Table 2/).count == 1)
    #expect(
      page.contains(
        "<td>spend savings</td><td class=\"maybe\">ordered</td><td>no savings are below 0</td>"))
    #expect(page.contains("<td>choose a name</td><td class=\"yes\">owned by argument 2</td>"))
    #expect(
      page.contains("Made by merganser ") && page.contains("by: merganser check usernames bank"))
    #expect(page.contains("What the words, colours and drawings mean"))
    for foreign in ["http", "<script", "src=", "@import", "url("] {
      #expect(!page.contains(foreign))
    }
  }

  @Test func noLineOfAnyCaseIsLong() throws {
    let folder = try TemporaryFolder()
    let check = try Command.run("check", "--cases", "--configurations", "300", in: folder)
    let lines = check.output.split(separator: "\n")
    #expect(lines.count > 300 && lines.allSatisfy { $0.count <= 80 })
    let sources = lines.filter { $0.contains(/^  \[\d+\]\s/) }
    #expect(sources.count > 3 && Set(sources).count == sources.count, "\(sources)")
    #expect(
      !check.output.replacing(/\n  \[\d+\]\s[^\n]*(\n      [^\n]*)*/, with: "").contains("VLDB"))
  }

  @Test func aFolderThatIsMissingIsToldBeforeAnythingIsSearched() throws {
    let folder = try TemporaryFolder()
    let check = try Command.run("check", "--report", "none/page.html", in: folder)
    #expect(check.isOneLineFailure && check.output.isEmpty, "\(check)")
  }
}
