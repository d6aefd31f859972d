import MerganserModel

/// The tables of a report's page.
enum ReportTable {
  /// A row for each transaction: how it runs, and which invariants it keeps so.
  static func ways(_ analysis: Analysis, planning: Planning?) -> [String] {
    analysis.workload.transactions.compactMap { transaction in
      guard let entry = planning?.plan.entries[transaction.name] else { return nil }
      let style =
        switch entry.way {
        case .local, .escrow, .cascade, .owned: "yes"
        case .ordered: "maybe"
        case .refused: "no"
        }
      return """
        <tr><td>\(HTML.escaped(transaction.name))</td><td class="\(style)">\(entry.way)</td>\
        <td>\(HTML.escaped(planning?.invariants(keptBy: transaction.name).joined(separator: "; ") ?? ""))</td></tr>
        """
    }
  }

  /// Each transaction under each invariant, and all of them together.
  static func matrix(_ analysis: Analysis, citing citations: inout Citations) -> String {
    let invariants = analysis.verdicts.map(\.invariant)
    var rows = ["<table class=\"matrix\"><thead><tr><td></td>"]
    rows += invariants.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }
    rows.append("</tr></thead><tbody>")
    for transaction in analysis.workload.transactions {
      rows.append("<tr><th scope=\"row\">\(HTML.escaped(transaction.name))</th>")
      for invariant in invariants {
        let verdict = analysis.verdict(of: transaction.name, under: invariant)
        rows.append(cell(verdict, under: invariant, citing: &citations))
      }
      rows.append("</tr>")
    }
    rows.append("<tr><th scope=\"row\">all together</th>")
    for (invariant, verdict) in analysis.verdicts {
      rows.append(cell(verdict, under: invariant, citing: &citations))
    }
    rows.append("</tr></tbody></table>")
    return rows.joined(separator: "\n")
  }

  private static func cell(
    _ verdict: Verdict?, under invariant: String, citing citations: inout Citations
  ) -> String {
    let (style, word, why): (String, String, String)
    switch verdict {
    case .confluent(let grounds):
      style = "yes"
      word = "✓ kept"
      why = grounds.map { $0.text(citing: &citations) }.joined(separator: "; ")
    case .notConfluent(let counterexample):
      style = "no"
      word = counterexample.steps.isEmpty ? "✗ broken at the start" : "✗ broken by a merge"
      why = counterexample.blamed(" with ")
    case .unknown(let bound):
      style = "maybe"
      word = "? unknown"
      why = "nothing was found within \(bound)"
    case nil: (style, word, why) = ("", "", "")
    }
    return """
      <td class="\(style)" data-name="\(HTML.escaped(invariant))">\(word)\
      <small>\(HTML.escaped(why))</small></td>
      """
  }

  /// What the words, colours and drawings mean.
  static var legend: String {
    let ways: [(String, Plan.Way)] = [
      ("local", .local), ("escrow", .escrow), ("cascade", .cascade),
      ("owned by argument n", .owned(argument: 0)), ("ordered", .ordered), ("refused", .refused),
    ]
    var rows = ways.map { name, way in
      let style = way == .refused ? "no" : way == .ordered ? "maybe" : "yes"
      return "<dt class=\"\(style)\">\(name)</dt><dd>\(way.meaning)</dd>"
    }
    rows += [
      "<dt class=\"yes\">✓ kept</dt><dd>the invariant survives every merge; why stands below</dd>",
      "<dt class=\"no\">✗ broken by a merge</dt><dd>these transactions, run apart, break it</dd>",
      "<dt class=\"maybe\">? unknown</dt><dd>nothing went wrong as far as was searched</dd>",
      "<dt><b class=\"dot\">A</b></dt><dd>a replica; time runs downwards, from the start that all share</dd>",
      "<dt><b class=\"box\">call</b></dt><dd>a transaction that committed, and the rows behind it</dd>",
      "<dt><b class=\"dot red\">⊔</b></dt><dd>the merge, along the dashed arrow, that breaks the invariant</dd>",
    ]
    return """
      <details class="legend" open><summary>What the words, colours and drawings mean</summary>
      <dl>\(rows.joined(separator: "\n"))</dl></details>
      """
  }
}
