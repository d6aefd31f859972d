/// A page that shows what was decided: for each workload the matrix of its transactions and invariants,
/// the histories of what goes wrong, the remedies and the plan.
///
/// The page is one file without scripts or links to elsewhere, and the same for the same verdicts.
public struct Report: Sendable {
  private let title: String
  private var sections: [String] = []
  private var contents: [String] = []

  /// A page with nothing in it yet.
  public init(title: String) { self.title = title }

  /// Adds what was decided of one workload.
  public mutating func add(_ analysis: Analysis, _ planning: Planning? = nil) {
    let number = contents.count + 1
    let name = HTML.escaped(analysis.workload.name)
    let failing = analysis.verdicts.count { $0.verdict.counterexample != nil }
    let unknown = analysis.verdicts.count { !$0.verdict.isConfluent } - failing
    let (style, word) =
      failing > 0
      ? ("no", "not confluent") : unknown > 0 ? ("maybe", "unknown") : ("yes", "confluent")
    contents.append(
      "<tr><td><a href=\"#w\(number)\">\(name)</a></td><td class=\"\(style)\">\(word)</td></tr>")
    var parts = ["<section><h2 id=\"w\(number)\">\(name)</h2>"]
    for exploration in analysis.explorations {
      parts.append(
        """
        <p class="note">Searched: \(HTML.escaped(exploration.endingText)), \
        by \(exploration.moves) moves.</p>
        """)
    }
    if !analysis.vacuous.isEmpty {
      let names = HTML.escaped(analysis.vacuous.joined(separator: ", "))
      parts.append(
        "<p class=\"note\">Never committed, so that nothing is said of it: \(names).</p>")
    }
    parts.append(Self.matrix(analysis))
    for counterexample in analysis.counterexamples { parts.append(Self.history(counterexample)) }
    if let planning { parts.append(Self.plan(planning)) }
    parts.append("</section>")
    sections.append(parts.joined(separator: "\n"))
  }

  /// The page.
  public var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escaped(title))</title>
    <style>\(HTML.style)</style></head><body>
    <h1>\(HTML.escaped(title))</h1>
    <p class="note">Which transactions may run without coordination: those whose invariants survive
    every merge of states that they can reach. What goes wrong is drawn as it was seen on databases.</p>
    <table><tr><th>Schema</th><th>All of it together</th></tr>
    \(contents.joined(separator: "\n"))
    </table>
    \(sections.joined(separator: "\n"))
    </body></html>

    """
  }

  private static func matrix(_ analysis: Analysis) -> String {
    let invariants = analysis.verdicts.map(\.invariant)
    var rows = ["<div class=\"wide\"><table><tr><th></th>"]
    rows += invariants.map { "<th>\(HTML.escaped($0))</th>" }
    rows.append("</tr>")
    for transaction in analysis.workload.transactions {
      rows.append("<tr><th>\(HTML.escaped(transaction.name))</th>")
      for invariant in invariants {
        rows.append(cell(analysis.verdict(of: transaction.name, under: invariant)))
      }
      rows.append("</tr>")
    }
    rows.append("<tr><th>all together</th>")
    rows += analysis.verdicts.map { cell($0.verdict) }
    rows.append("</tr></table></div>")
    return rows.joined(separator: "\n")
  }

  private static func cell(_ verdict: Verdict?) -> String {
    switch verdict {
    case .confluent(let grounds):
      let why = grounds.map(\.description).joined(separator: "; ")
      return "<td class=\"yes\">local<small>\(HTML.escaped(why))</small></td>"
    case .notConfluent(let counterexample):
      let who = counterexample.culprits.joined(separator: " with ")
      return "<td class=\"no\">not alone<small>\(HTML.escaped(who))</small></td>"
    case .unknown(let bound):
      return
        "<td class=\"maybe\">unknown<small>none found within \(HTML.escaped(bound))</small></td>"
    case nil: return "<td></td>"
    }
  }

  private static func history(_ counterexample: Counterexample) -> String {
    """
    <h3>\(HTML.escaped(counterexample.violation.invariant)): \
    \(HTML.escaped(counterexample.culprits.joined(separator: " with ")))</h3>
    <figure>\(HistoryDrawing(counterexample: counterexample).svg)</figure>
    <p class="note">\(HTML.escaped(counterexample.violation.description))</p>
    <details><summary>As text, and as Mermaid</summary>
    <pre>\(HTML.escaped(counterexample.description))</pre>
    <pre>\(HTML.escaped(counterexample.mermaid))</pre></details>
    """
  }

  private static func plan(_ planning: Planning) -> String {
    var parts = [
      "<h3>Plan</h3><div class=\"wide\"><table><tr><th>Transaction</th><th>Runs</th><th>Because of</th></tr>"
    ]
    for (name, entry) in planning.plan.entries.sorted(by: { $0.key < $1.key }) {
      parts.append(
        """
        <tr><td>\(HTML.escaped(name))</td><td>\(entry.way)</td>\
        <td>\(HTML.escaped(entry.invariants.joined(separator: ", ")))</td></tr>
        """)
    }
    parts.append("</table></div><p class=\"note\">Checked again with its remedies: ")
    parts.append(HTML.escaped(planning.check) + ".</p>")
    for (invariant, remedies) in planning.remedies.sorted(by: { $0.key < $1.key }) {
      parts.append("<p>Remedies for “\(HTML.escaped(invariant))”:</p><ul>")
      parts += remedies.map { "<li>\(HTML.escaped($0.description))</li>" }
      parts.append("</ul>")
    }
    return parts.joined(separator: "\n")
  }
}
