import CommandSupport
import Foundation
import Merganser
@testable import MerganserCLI
import MerganserConfluence
import TestSupport
import Testing

@Suite struct DemoTests {
  @Test func theStoryHoldsAndItsStoresAreSound() throws {
    let folder = try TemporaryFolder()
    for seed in ["7", "8"] {
      let demo = try Command.run(
        "demo", "--store", "stores", "--report", "r/page.html", "--seed", seed, in: folder)
      #expect(demo.status == 0, "\(demo.errors)")
      for line in ["All three agree.", "none is lost", "ever had: 0.00"] {
        let text = demo.output.replacing(/\s+/, with: " ")
        #expect(text.contains(line), "\(demo.output)")
      }
      #expect(demo.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
    var balances: Set<String> = []
    for branch in ["lisbon", "porto", "faro"] {
      #expect(try Command.run("verify", "stores/\(branch)", in: folder).status == 0)
      balances.insert(try Command.run("show", "stores/\(branch)", "accounts", in: folder).output)
    }
    #expect(balances.count == 1 && !balances.contains(""))
    let page = try String(contentsOfFile: "\(folder.path)/r/page.html", encoding: .utf8)
    #expect(page.contains("<svg") && !page.contains("http"))
    // Every chapter that was told is named, and the page says what made it.
    let demo = try Command.run("demo", "--store", "stores", "--report", "again.html", in: folder)
    let titles = demo.output.matches(of: /\n(\d)  ([^\n]+)\n/).map { String($0.output.2) }
    #expect(titles.count == 9)
    let again = try String(contentsOfFile: "\(folder.path)/again.html", encoding: .utf8)
    let chapters = try #require(again.firstMatch(of: /<ol class='chapters'>.*<\/ol>/)?.output)
    for title in titles {
      #expect(chapters.contains("<li>\(title.replacing("'", with: "&#39;")) <span>"), "\(title)")
    }
    let version = try Command.run("--version").output.trimmingCharacters(in: .newlines)
    #expect(
      again.contains(
        "Made by merganser \(version) on 20")
        && again.contains(
          "by: merganser demo --store stores --report again.html")
    )
    // Each picture of each size has the titles of its axes and all numbers of its chapters.
    let charts = again.matches(
      of: /<svg class='(wide|medium|narrow)'.*?<\/svg>/.dotMatchesNewlines())
    #expect(charts.count == 15)
    for chart in charts.map({ String($0.output.0) }).prefix(9) {
      #expect(chart.contains("versions so far, at all branches together"))
      let numbers = chart.matches(of: /<text class='note'[^>]*>([\d·]+)/)
        .flatMap { $0.output.1.split(separator: "·").map(String.init) }
      #expect(numbers == (1...9).map(String.init), "\(numbers)")
    }
  }

  @Test func whatTheDeskWasAskedIsDecidedTheSameEverywhere() throws {
    let folder = try TemporaryFolder()
    let demo = try Command.run("demo", "--store", "stores", "--report", "page.html", in: folder)
    #expect(demo.status == 0, "\(demo.errors)")
    // Apart, all that was asked for could be had.
    #expect(demo.output.matches(of: /tentative: granted\n/).count == 5, "\(demo.output)")
    #expect(demo.output.contains("Lisbon, the primary, waits for votes of Porto or Faro."))
    let told = demo.output.matches(
      of: /\n +(\d)  (\w+) +(name|room) (.*?) +(committed|moved|rejected):?(.*)/)
    #expect(told.map(\.output.1) == ["1", "2", "3", "4", "5"], "\(demo.output)")
    let desk = DemoDesk()
    var names: Set<[String: String]> = []
    var meetings: Set<[Int]> = []
    var decisions: Set<[String]> = []
    for place in Place.allCases {
      let path = "stores/\(place.deskFolder)"
      #expect(try Command.run("verify", path, in: folder).status == 0)
      let orders = try Command.run("orders", path, in: folder)
      #expect(orders.output.contains("no request is open here"), "\(orders)")
      decisions.insert(
        orders.output.split(separator: "\n").map(String.init).filter { $0.contains(": ") }
          .filter { $0.contains("claim") || $0.contains("book") })
      let stored = try StoredDatabase(at: "\(folder.path)/\(path)")
      let snapshot = try withExtendedLifetime(stored) { try stored.snapshot() }
      let holders = try snapshot.rows(desk.names).map { ($0.key, $0.value.value ?? "") }
      names.insert(Dictionary(uniqueKeysWithValues: holders))
      meetings.insert(try snapshot.rows(desk.meetings).map(\.key.child))
    }
    #expect(decisions.count == 1 && decisions.first?.count == 5, "\(decisions)")
    // Of the two that claimed the name one has it, and the other was told so by name.
    #expect(names.count == 1)
    let holder = try #require(names.first?["bakery"])
    let claims = told.filter { $0.output.4.hasPrefix("bakery for") }
    #expect(claims.map(\.output.5).sorted() == ["committed", "rejected"], "\(demo.output)")
    #expect(claims.first { $0.output.5 == "committed" }?.output.4 == "bakery for \(holder)")
    #expect(demo.output.contains("bakery of names is taken, by \(holder)"), "\(demo.output)")
    // Both have the room, the one at other hours than it had asked for.
    let hours = try #require(meetings.first)
    #expect(meetings.count == 1 && hours.count == 2)
    #expect(zip(hours, hours.dropFirst()).allSatisfy { $1 - $0 >= DemoDesk.length }, "\(hours)")
    let rooms = told.filter { $0.output.3 == "room" }
    #expect(rooms.map(\.output.5) == ["committed", "moved"], "\(demo.output)")
    let last = try #require(hours.last)
    #expect(rooms.last?.output.6 == " \(last) to \(last + DemoDesk.length)", "\(demo.output)")
    // The report draws each request's way, in each size.
    let page = try String(contentsOfFile: "\(folder.path)/page.html", encoding: .utf8)
    let charts = page.matches(of: /<svg (?:(?!<\/svg>).)*'to-order .*?<\/svg>/.dotMatchesNewlines())
      .map { String($0.output) }
    #expect(charts.count == 3)
    for chart in charts {
      #expect(chart.matches(of: /class='to-order \w+'/).count == 5)
      #expect(chart.matches(of: /class='to-order lost'/).count == 1)
      #expect(chart.matches(of: /class='to-order moved'/).count == 1)
      // Those who do not see it are told as much.
      let words = try #require(chart.firstMatch(of: /<desc>(.*)<\/desc>/)?.output.1)
      #expect(words.contains("rejected: bakery of names is taken, by \(holder)"), "\(words)")
      #expect(words.contains("moved: \(last) to"), "\(words)")
    }
  }

  @Test func theDesksPlanIsThatOfItsCode() throws {
    try expectPlan(DemoDesk.plan, of: Workload(of: DemoDesk()))
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/note"))
    let demo = try Command.run("demo", "--store", ".", in: folder)
    #expect(demo.isOneLineFailure && demo.errors.contains("not empty"), "\(demo.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["note"])
  }
}
