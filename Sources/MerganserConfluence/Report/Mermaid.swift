extension Counterexample {
  /// The histories as a Mermaid sequence diagram, to paste where Mermaid is drawn.
  public var mermaid: String {
    var lines = ["sequenceDiagram"]
    for place in 0..<replicas { lines.append("  participant \(name(ofReplica: place))") }
    let everybody = "\(name(ofReplica: 0)),\(name(ofReplica: replicas - 1))"
    lines.append("  Note over \(everybody): \(Self.safe(Self.line(start)))")
    for (number, step) in steps.enumerated() {
      let here = name(ofReplica: step.replica)
      let rows = Self.safe(Self.line(step.rows))
      switch step.event {
      case .call(_, let text): lines.append("  \(here)->>\(here): \(Self.safe(text)) → \(rows)")
      case .merge(let other):
        lines.append("  \(name(ofReplica: other))->>\(here): merge → \(rows)")
      }
      if number == steps.count - 1 {
        lines.append("  Note over \(here): broken: \(Self.safe(violation.invariant))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Text without what ends a line of a diagram.
  private static func safe(_ text: String) -> String {
    text.replacing(";", with: ",").replacing("#", with: "").replacing("\n", with: " ")
  }
}
