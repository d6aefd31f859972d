import MerganserConfluence
import MerganserSimulation

/// A simulated run as a page that needs nothing but itself.
struct SimulationPage {
  let record: SimulationRecord
  let seed: UInt64
  /// What makes the same run again.
  let command: String
  /// What made the page, and when.
  let origin: String

  /// The page.
  var html: String {
    let diagram = SpaceTimeDiagram(record: record)
    return """
      \(head.html)
      \(failure)
      \(tiles)
      <section>
      <h2>What happened where, and when</h2>
      <p>Each site has a line, and time goes from left to right, an event a step. Arrows are bytes that go from one site to another, from where they were \
      sent to where they came. Point at a mark or an arrow to read what it is. The diagram moves sideways within its box.</p>
      \(legend)
      <div class='diagram'>
      \(diagram.names.element("names"))
      <div class='scroll' tabindex='0' role='group' aria-label='The diagram'>
      \(sized(diagram.picture))
      </div>
      </div>
      </section>
      \(history)
      \(faults)
      <footer><p>\(HTML.escaped(origin)). The same seed is the same run on every machine: <code>\(HTML.escaped(command))</code></p></footer>
      </main>
      </body>
      </html>
      """
  }

  private var head: ReportHead {
    ReportHead(
      title: "Merganser: the simulation of seed \(seed)", kicker: "Merganser simulation",
      heading:
        "Seed \(seed): \(record.failure == nil ? "every guarantee held" : "a guarantee does not hold")",
      lead: lead, css: Self.css)
  }

  private var lead: String {
    record.failure == nil
      ? """
      \(record.report.events.counted("event")) at \(record.sites.count.counted("site")), with all that can go wrong. Behind each step every guarantee \
      was checked; when faults stopped, all sites became equal.
      """
      : "The shortest schedule that was found to end so: \(record.report.events.counted("event")) at \(record.sites.count.counted("site"))."
  }

  private var failure: String {
    guard let failure = record.failure else { return "" }
    return """
      <section class='failure'><h2>It does not hold that \(HTML.escaped(failure.guarantee.rawValue))</h2>
      <p>\(HTML.escaped(failure.evidence))</p></section>
      """
  }

  private var tiles: String {
    let names = [
      "commits", "syncs that succeeded", "syncs that failed", "states that were adopted", "starts",
    ]
    let items = names.map { name in
      "<li><strong>\(record.report.counts[name] ?? 0)</strong><span>\(name)</span></li>"
    }
    return "<ul class='tiles'>\(items.joined())</ul>"
  }

  /// An element that is as wide as the picture, whatever the page is.
  private func sized(_ svg: SVG) -> String {
    svg.element("picture").replacing(
      "<svg class='picture'",
      with:
        "<svg class='picture' width='\(SVG.number(svg.width))' height='\(SVG.number(svg.height))'",
      maxReplacements: 1)
  }

  private var legend: String {
    let marks = SimulationRecord.Kind.allCases.map { kind in
      """
      <li><svg class='key' viewBox='-7 -7 14 14' aria-hidden='true'><g class='mark \(kind.style)'>\
      <path class='glyph' d='M0 0\(kind.outline)'/></g></svg>\(kind.name)</li>
      """
    }
    let bars = [
      ("message-key", "bytes on their way"), ("lost-key", "bytes that are lost"),
      ("parted-key", "network parted: one side"), ("other-key", "the other side"),
      ("one-way-key", "nothing goes from here to one other"), ("full-key", "disk full"),
      ("down-key", "no process runs"),
    ].map { "<li><i class='bar \($0.0)'></i>\($0.1)</li>" }
    return "<ul class='legend'>\((marks + bars).joined())</ul>"
  }

  private var history: String {
    let lines = record.lines.map { line in
      "<tr><td>\(line.moment)</td><td>\(HTML.escaped(line.text))</td></tr>"
    }
    return """
      <section><h2>The same as words</h2>
      <details\(record.failure == nil ? "" : " open")><summary>\(lines.count.counted("line"))</summary>
      <div class='scroll'><table class='words'><tbody>\(lines.joined(separator: "\n"))</tbody></table></div></details>
      </section>
      """
  }

  private var faults: String {
    let phases = SimulationPhase.allCases
    let head = phases.map { "<th scope='col'>\($0)</th>" }.joined()
    let rows = SimulationFault.allCases.map { fault in
      let cells = phases.map { "<td>\(record.report.faults[fault, $0])</td>" }.joined()
      return "<tr><th scope='row'>\(fault.rawValue)</th>\(cells)</tr>"
    }
    return """
      <section><h2>Which faults met which phases</h2>
      <div class='scroll' tabindex='0' role='group' aria-label='Faults by phases'>
      <table class='faults'><thead><tr><td></td>\(head)</tr></thead><tbody>\(rows.joined())</tbody></table></div>
      </section>
      """
  }
}

extension SimulationPage {
  private static let css = """

    .diagram { display: flex; align-items: flex-start; }
    .scroll { overflow-x: auto; min-width: 0; }
    svg.names { flex: none; width: 62px; }
    svg.picture { width: auto; max-width: none; }
    .legend svg.key { display: inline-block; width: 15px; height: 15px; margin-right: 6px; vertical-align: -2px; }
    .legend .bar { width: 16px; height: 4px; vertical-align: 3px; border-radius: 0; }
    .parted-key, .one-side { fill: var(--lisbon); } .legend .parted-key { background: var(--lisbon); }
    .other-side { fill: var(--porto); } .legend .other-key { background: var(--porto); }
    .one-way { fill: var(--gift); } .legend .one-way-key { background: var(--gift); }
    .no-room { fill: var(--alarm); } .legend .full-key { background: var(--alarm); }
    .legend .message-key { height: 1px; background: var(--lisbon); } .legend .lost-key { height: 0; background: none; border-top: 1.5px dashed var(--alarm); }
    .legend .down-key { height: 0; background: none; border-top: 2px dotted var(--soft); }
    .site { stroke: var(--soft); stroke-width: 1.4; }
    .gap { fill: var(--card); } .absent { stroke: var(--soft); stroke-width: 1.6; stroke-dasharray: 1.5 4; }
    .message .way { stroke: var(--lisbon); stroke-width: 1; opacity: .6; fill: none; }
    .message .head { fill: var(--lisbon); opacity: .8; }
    .message:hover .way { stroke-width: 2.5; opacity: 1; }
    .message.lost .way { stroke: var(--alarm); opacity: .9; }
    .message.lost line { stroke-dasharray: 3 3; }
    .mark .glyph { fill: var(--card); stroke: var(--ink); stroke-width: 1.4; stroke-linejoin: round; }
    .mark:hover .glyph { stroke-width: 3; }
    .mark.commit .glyph { fill: var(--faro); stroke: var(--card); stroke-width: 1; }
    .mark.refusal .glyph { stroke: var(--soft); }
    .mark.crash .glyph { fill: none; stroke: var(--alarm); stroke-width: 2.6; stroke-linecap: round; }
    .mark.start .glyph { fill: var(--ink); }
    .mark.versions .glyph { fill: var(--lisbon); stroke: var(--lisbon); }
    .mark.adoption .glyph { fill: var(--gift); stroke: var(--gift); }
    .mark.failedSync .glyph { stroke: var(--alarm); }
    .mark.checkpoint .glyph { stroke: var(--soft); }
    .mark.truncation .glyph { fill: var(--soft); stroke: var(--soft); }
    .mark.disk .glyph { fill: var(--porto); stroke: var(--porto); }
    .mark.clock .glyph { stroke: var(--porto); }
    .mark.operation .glyph { fill: var(--gift); stroke: var(--card); }
    .tick-mark { stroke: var(--quiet); } .broken-line .end { stroke: var(--alarm); stroke-width: 3; }
    .failure { border-color: var(--alarm); } .failure h2 { color: var(--alarm); } .failure p { overflow-wrap: anywhere; }
    details summary { cursor: pointer; color: var(--soft); }
    table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
    .words td { padding: 1px 10px 1px 0; vertical-align: top; white-space: pre-wrap; }
    .words td:first-child { color: var(--soft); text-align: right; }
    .faults th, .faults td { padding: 3px 8px; border-bottom: 1px solid var(--rule); text-align: right; }
    .faults th { font-weight: 500; color: var(--soft); } .faults tbody th { text-align: left; white-space: nowrap; }

    """
}
