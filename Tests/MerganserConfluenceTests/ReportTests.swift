import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// The page and the text of a schema of somebody else's.
@Suite struct ReportTests {
  private static let hostile = "<b>\u{202E}\u{1B}[2J'\"&\u{2028}"

  private struct Seats: Schema {
    let seats = Table<Int, LWWRegister<String>>("seats")

    var invariants: [any Invariant] {
      Unique("one seat \(ReportTests.hostile)", on: seats) { _, guest in guest }
    }
  }

  @Test func namesOfOthersStayText() throws {
    let schema = Seats()
    let workload = try Workload("seats \(Self.hostile)", of: schema) {
      DeclaredTransaction("sit \(Self.hostile)", over: 1...2, over: ["ann \(Self.hostile)"]) {
        tx, seat, guest in
        try tx[schema.seats, seat].set(guest)
      }
    }
    var check = CheckRun(title: "Ours \(Self.hostile)", origin: "me \(Self.hostile)")
    let text = try check.decide(workload).text
    for output in [text, check.report.html] {
      #expect(
        output.unicodeScalars.allSatisfy { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: scalar == "\n"
          default: true
          }
        }, "\(output.debugDescription)")
    }
    #expect(!check.report.html.contains("<b>\\u"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
  }

  /// On 400 pixels a drawing of two lanes cannot be read, and a wide table is cut: there is a list for each
  /// drawing, and the table's cells stand below each other, each with the name of its column.
  @Test func aNarrowScreenIsShownListsAndNoDrawings() throws {
    let schema = Seats()
    let workload = try Workload("seats", of: schema) {
      DeclaredTransaction("sit", over: 1...2, over: ["ann"]) { tx, seat, guest in
        try tx[schema.seats, seat].set(guest)
      }
    }
    var check = CheckRun(title: "Ours")
    try check.decide(workload)
    let page = check.report.html
    #expect(
      page.contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"))
    let drawings = page.matches(of: /<svg\b/).count
    #expect(drawings > 0 && page.matches(of: /<ol class="steps">/).count == drawings)
    #expect(page.matches(of: /<td [^>]*data-name="one seat/).count == 2)

    let narrow = try #require(page.firstRange(of: "@media (max-width: 720px) {"))
    let (wide, rest) = (page[..<narrow.lowerBound], page[narrow.upperBound...])
    #expect(wide.contains("overflow-wrap: anywhere;") && wide.contains("ol.steps { display: none;"))
    for invariant in [
      "figure svg { display: none; }", "ol.steps { display: block; }",
      ".matrix td { display: block; width: 100%; }", ".matrix thead { display: none; }",
      ".matrix td::before { content: attr(data-name);",
    ] {
      #expect(rest.contains(invariant), "\(invariant)")
    }
  }

  @Test func aSourceThatWasNamedIsReferredToByNumber() throws {
    let schema = Seats()
    func workload(_ name: String) throws -> Workload {
      try Workload(name, of: schema) {
        DeclaredTransaction("sit", over: 1...2, over: ["ann"]) { tx, seat, guest in
          try tx[schema.seats, seat].set(guest)
        }
      }
    }
    var check = CheckRun(title: "Ours")
    let texts = try ["one", "two"].map { try check.decide(workload($0)).text }
    #expect(texts.allSatisfy { $0.contains("a chosen value [1])") }, "\(texts)")
    #expect(texts.map { $0.contains("VLDB 2015") } == [true, false])
    #expect(
      check.decisions.map(\.ways) == ["1 owned", "1 owned"], "\(check.decisions.map(\.ways))")
  }
}
