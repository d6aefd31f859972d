/// A page that shows what was decided: how each transaction runs, and for each workload the matrix of its
/// transactions and invariants, the histories of what goes wrong, and the remedies.
///
/// The page is one file without scripts or links to elsewhere, and the same for the same verdicts and origin.
public struct Report: Sendable {
  private let title: String
  private let origin: String?
  private var sections: [String] = []
  private var overview: [String] = []
  private var citations = Citations()

  /// A page with nothing in it yet.
  ///
  /// - Parameters:
  ///   - title: its title.
  ///   - origin: what made it and when, for its foot.
  public init(title: String, origin: String? = nil) {
    self.title = title
    self.origin = origin
  }

  /// Adds what was decided of one workload.
  public mutating func add(_ analysis: Analysis, planning: Planning? = nil) {
    add(analysis, planning: planning, hints: [:])
  }

  /// Adds what was decided of one workload, with what would decide the rest.
  mutating func add(_ analysis: Analysis, planning: Planning?, hints: [String: [String]]) {
    let number = sections.count + 1
    let name = HTML.escaped(analysis.workload.name)
    overview.append(
      "<tbody><tr><th colspan=\"3\" scope=\"rowgroup\"><a href=\"#w\(number)\">\(name)</a></th></tr>"
    )
    overview += ReportTable.ways(analysis, planning: planning)
    overview.append("</tbody>")
    var parts = ["<section id=\"w\(number)\"><h2>\(name)</h2>"]
    parts += ["<h3>What each transaction may break</h3>"]
    parts.append(ReportTable.matrix(analysis, citing: &citations))
    if !analysis.vacuous.isEmpty {
      let names = HTML.escaped(analysis.vacuous.joined(separator: ", "))
      parts.append(
        "<p class=\"note\">Never committed, so that nothing is said of it: \(names).</p>")
    }
    let searches = analysis.explorations.map { "\($0.endingText), by \($0.moves) moves" }
    parts.append(
      "<p class=\"note\">Searched: \(HTML.escaped(searches.joined(separator: "; "))).</p>")
    if analysis.hasSpentItsWork || planning?.hasSpentItsWork == true {
      parts.append("<p class=\"note\">\(HTML.escaped(DecisionText.spentText)).</p>")
    }
    for counterexample in analysis.counterexamples { parts.append(Self.history(counterexample)) }
    for (invariant, hints) in hints.sorted(by: { $0.key < $1.key }) {
      parts.append("<h3>What would decide “\(HTML.escaped(invariant))”</h3><ul>")
      let lines = hints.isEmpty ? [DecisionText.generalHint] : hints
      parts += lines.map { "<li>\(HTML.escaped($0))</li>" } + ["</ul>"]
    }
    if let planning { parts.append(remedies(planning)) }
    parts.append("</section>")
    sections.append(parts.joined(separator: "\n"))
  }

  /// Adds a workload that could not be decided.
  mutating func add(_ workload: String, undecidedBecause reason: String) {
    let number = sections.count + 1
    let name = HTML.escaped(workload)
    overview.append(
      "<tbody><tr><th colspan=\"3\" scope=\"rowgroup\"><a href=\"#w\(number)\">\(name)</a>, not decided</th></tr></tbody>"
    )
    sections.append(
      "<section id=\"w\(number)\"><h2>\(name)</h2><p class=\"note\">Not decided: \(HTML.escaped(reason))</p></section>"
    )
  }

  /// The page.
  public var html: String {
    let sources = citations.sources.map { "<li>\(HTML.escaped($0))</li>" }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(HTML.escaped(title))</title>
      <style>\(HTML.style)</style></head><body>
      <h1>\(HTML.escaped(title))</h1>
      <p class="lead">A transaction may run without coordination if its invariants survive every merge of
      states that they can reach. Where a merge breaks one, a remedy says how the transaction runs
      instead, and the whole was checked again with it.</p>
      <h2>How each transaction runs</h2>
      <table class="ways"><thead><tr><th scope="col">Transaction</th><th scope="col">Runs</th>
      <th scope="col">To keep</th></tr></thead>
      \(overview.joined(separator: "\n"))
      </table>
      \(ReportTable.legend)
      \(sections.joined(separator: "\n"))
      <footer>\(sources.isEmpty ? "" : "<h2>Sources</h2><ol>\(sources)</ol>")
      \(origin.map { "<p class=\"note\">\(HTML.escaped($0))</p>" } ?? "")</footer>
      </body></html>

      """
  }

  private static func history(_ counterexample: Counterexample) -> String {
    """
    <h3>What goes wrong with “\(HTML.escaped(counterexample.violation.invariant))”:
    \(HTML.escaped(counterexample.blamed(" with ")))</h3>
    <figure>\(HistoryDrawing(counterexample: counterexample).svg)
    \(steps(counterexample))
    <figcaption>\(HTML.escaped(counterexample.caption))</figcaption></figure>
    <details><summary>As text, and as Mermaid</summary>
    <pre>\(HTML.escaped(lines: counterexample.description.folded(to: 78)))</pre>
    <pre>\(HTML.escaped(lines: counterexample.mermaid))</pre></details>
    """
  }

  /// The history as a list, for pages that are too narrow for its drawing.
  private static func steps(_ counterexample: Counterexample) -> String {
    let last = counterexample.steps.count - 1
    let items = counterexample.steps.enumerated().map { number, step in
      let what =
        switch step.event {
        case .call(_, let text): text
        case .merge(let other): "merges \(counterexample.name(ofReplica: other))"
        }
      return """
        <li\(number == last ? " class=\"broken\"" : "")>\
        <b>\(counterexample.name(ofReplica: step.replica))</b> \(HTML.escaped(what))\
        <small>\(HTML.escaped(Counterexample.line(step.rows)))</small></li>
        """
    }
    let start = HTML.escaped(Counterexample.line(counterexample.start))
    return "<ol class=\"steps\"><li>start<small>\(start)</small></li>\(items.joined())</ol>"
  }

  private mutating func remedies(_ planning: Planning) -> String {
    var parts: [String] = []
    for (invariant, remedies) in planning.remedies.sorted(by: { $0.key < $1.key }) {
      parts.append("<h3>What helps “\(HTML.escaped(invariant))”</h3><ul>")
      for remedy in remedies {
        parts.append(
          "<li>\(HTML.escaped(remedy.text(citing: &citations)))"
            + "<small>\(HTML.escaped(remedy.cost))</small></li>")
      }
      parts.append("</ul>")
    }
    for (name, refusals) in planning.refusals.sorted(by: { $0.key < $1.key }) {
      parts.append("<h3>Why “\(HTML.escaped(name))” is refused</h3><ul>")
      for refusal in refusals {
        parts.append(
          "<li>\(HTML.escaped(refusal.summary))<small>to do: \(HTML.escaped(refusal.advice))</small></li>"
        )
      }
      parts.append("</ul>")
    }
    parts.append(
      "<p class=\"note\">The plan was checked again: \(HTML.escaped(planning.check)).</p>")
    return parts.joined(separator: "\n")
  }
}
