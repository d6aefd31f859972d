import Foundation
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
    #expect(titles.count == 7)
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
    #expect(charts.count == 12)
    for chart in charts.map({ String($0.output.0) }).prefix(9) {
      #expect(chart.contains("versions so far, at all branches together"))
      let numbers = chart.matches(of: /<text class='note'[^>]*>([\d·]+)/)
        .flatMap { $0.output.1.split(separator: "·").map(String.init) }
      #expect(numbers == (1...7).map(String.init), "\(numbers)")
    }
  }

  @Test func aFolderOfSomethingElseIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/note"))
    let demo = try Command.run("demo", "--store", ".", in: folder)
    #expect(demo.isOneLineFailure && demo.errors.contains("not empty"), "\(demo.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["note"])
  }
}
