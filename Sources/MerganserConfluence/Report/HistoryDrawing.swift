/// A counterexample as a drawing: a lane for each replica, the calls on it, and a line from lane to lane
/// where one merges another; the last merge is where they meet and the invariant breaks.
struct HistoryDrawing {
  let counterexample: Counterexample

  private var laneWidth: Int { 360 }
  private var rowHeight: Int { 62 }
  private var top: Int { 88 }
  private var lineHeight: Int { 14 }
  /// How many lines of rows stand below the last step, which has room for more.
  private static let mostAtTheEnd = 6

  private func x(_ replica: Int) -> Int { 180 + replica * laneWidth }
  private func y(_ step: Int) -> Int { top + 34 + step * rowHeight }

  /// The drawing as inline SVG.
  var svg: String {
    let width = laneWidth * counterexample.replicas
    let last = lines(counterexample.steps.last?.rows ?? [], most: Self.mostAtTheEnd).count
    let height = y(counterexample.steps.count) + 6 + max(0, last - 2) * lineHeight
    var parts = [
      """
      <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
      role="img" \
      aria-label="\(HTML.escaped(counterexample.violation.invariant)) breaks">
      """,
      text(
        x: width / 2, y: 18, text: "start: " + Counterexample.line(counterexample.start),
        style: "start", limit: 90),
    ]
    for replica in 0..<counterexample.replicas {
      let x = x(replica)
      parts += [
        "<path class=\"fork\" d=\"M\(width / 2) 26 C\(width / 2) 50 \(x) 40 \(x) \(top - 22)\"/>",
        "<line class=\"lane\" x1=\"\(x)\" y1=\"\(top)\" x2=\"\(x)\" y2=\"\(height - 8)\"/>",
        "<circle class=\"replica\" cx=\"\(x)\" cy=\"\(top - 10)\" r=\"14\"/>",
        text(x: x, y: top - 5, text: counterexample.name(ofReplica: replica), style: "name"),
      ]
    }
    for (number, step) in counterexample.steps.enumerated() {
      parts += drawing(step, number: number)
    }
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  private func drawing(_ step: Counterexample.Step, number: Int) -> [String] {
    let x = x(step.replica)
    let y = y(number)
    let isLast = number == counterexample.steps.count - 1
    let rows = lines(step.rows, most: isLast ? Self.mostAtTheEnd : 2).enumerated().map {
      text(x: x, y: y + 27 + $0 * lineHeight, text: $1, style: isLast ? "rows broken" : "rows")
    }
    switch step.event {
    case .call(_, let call):
      return [
        "<rect class=\"call\" x=\"\(x - 110)\" y=\"\(y - 15)\" width=\"220\" height=\"26\" rx=\"5\"/>",
        text(x: x, y: y + 3, text: call, style: "what", limit: 32),
      ] + rows
    case .merge(let other):
      let from = self.x(other)
      let edge = from < x ? x - 14 : x + 14
      let tip = from < x ? edge - 8 : edge + 8
      return [
        "<line class=\"merge\" x1=\"\(from)\" y1=\"\(y - 2)\" x2=\"\(tip)\" y2=\"\(y - 2)\"/>",
        "<path class=\"tip\" d=\"M\(edge) \(y - 2) L\(tip) \(y - 7) L\(tip) \(y + 3) Z\"/>",
        "<circle class=\"\(isLast ? "meet broken" : "meet")\" cx=\"\(x)\" cy=\"\(y - 2)\" r=\"12\"/>",
        text(x: x, y: y + 3, text: "⊔", style: "name"),
      ] + rows
    }
  }

  /// Rows in lines that fit beside those of the next lane; a last one that ends early says so.
  private func lines(_ rows: [String], most: Int) -> [String] {
    var lines: [String] = []
    for row in rows.isEmpty ? ["nothing"] : rows {
      if let last = lines.last, last.count + row.count + 2 <= 54 {
        lines[lines.count - 1] = last + "; " + row
      } else {
        lines.append(row.count > 54 ? row.prefix(53) + "…" : row)
      }
    }
    if lines.count > most { lines = lines.prefix(most - 1) + [lines[most - 1].prefix(50) + "; …"] }
    return lines
  }

  private func text(
    x: Int, y: Int, text: String, style: String, limit: Int = .max
  ) -> String {
    let short = text.count > limit ? text.prefix(limit - 1) + "…" : text[...]
    return """
      <text class="\(style)" x="\(x)" y="\(y)"><title>\(HTML.escaped(text))</title>\
      \(HTML.escaped(String(short)))</text>
      """
  }
}
