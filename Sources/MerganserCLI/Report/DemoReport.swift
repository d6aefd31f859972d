import MerganserConfluence

/// The demo's report: a page that needs nothing but itself.
struct DemoReport {
  let history: DemoHistory
  let outcome: DemoOutcome
  let desk: DeskHistory
  let seed: UInt64
  let seconds: Double
  /// What made the page, and when.
  let origin: String

  /// The page.
  var html: String {
    """
    \(head.html)
    \(tiles)
    \(chapters)
    \(section(
      "What each branch wrote",
      words: """
      Each stroke is one version: a transaction, whole, durable, and on its way to every branch. \
      Vertical lines are syncs. While the line is cut (shaded) there are none. Faro is killed \
      in mid-write (×) and goes on from its own disk.
      """,
      legend: [
        ("tick-up", "deposit"), ("tick-down", "withdrawal"), ("given-key", "rights handed over"),
        ("refused-key", "refused: not enough rights"), ("sync-key", "sync"),
      ]) { HistoryCharts(history: history, width: $0).timeline })
    \(section(
      "How far apart they were",
      words: """
      How many versions of the others each branch lacks. With the line up they meet before it is many; apart it \
      grows with every write elsewhere; one sync of each brings it back to nothing, and the \
      digests of all three are equal.
      """, legend: places) { HistoryCharts(history: history, width: $0).divergence })
    \(section(
      "Who may spend how much",
      words: """
      Rights to spend, over all accounts, one branch above the other. Together they are all the \
      money that there is: a deposit makes rights, a withdrawal uses them up, a transfer moves \
      them, and nothing else does. That is why no set of concurrent withdrawals can overdraw.
      """, legend: places) { HistoryCharts(history: history, width: $0).rights })
    \(section(
      "What plain PN-counters would have done",
      words: plainWords,
      legend: [
        ("kept-key", "Merganser"), ("plain-key", "plain PN-counter"),
        ("broken-key", "below zero"),
      ]) { BalanceChart(outcome: outcome, width: $0).svg })
    \(section(
      "One order where one is needed",
      words: deskWords,
      legend: places + [
        ("moved-key", "moved by its merge procedure"), ("lost-key", "rejected"),
      ]) { OrderChart(desk: desk, width: $0).svg })
    <footer>
    <p>\(HTML.escaped(origin)) (seed \(seed), \(SVG.number(seconds)) s). The branches were looked at \(history.checks) times, \
    after every write and sync; the lowest balance that any of them ever had is \
    \(money(history.lowest)). Digest of each branch: <code>\(outcome.digests.first ?? "")</code>.</p>
    </footer>
    </main>
    </body>
    </html>
    """
  }

  private var head: ReportHead {
    ReportHead(
      title: "Merganser demo: apart, killed, healed", kicker: "Merganser demo",
      heading: "Three branches of a bank: apart, killed, healed",
      lead: """
        One rule holds at every branch at every moment: no balance below zero. Nobody asks anyone before paying, and yet \
        the rule is kept, because every cent that may be spent is a right that one branch holds.
        """)
  }

  /// The chapters' names and numbers, by which the pictures call them.
  private var chapters: String {
    let ends = history.phases.dropFirst().map(\.step) + [history.step]
    let items = zip(history.phases, ends).map { phase, end in
      let amount =
        phase.requests > 0
        ? phase.requests.counted("request") : (end - phase.step).counted("version")
      return "<li>\(HTML.escaped(phase.name)) <span>\(amount)</span></li>"
    }
    return """
      <section>
      <h2>The story in \(history.phases.count) chapters</h2>
      <p>Their numbers stand above the pictures.</p>
      <ol class='chapters'>\(items.joined())</ol>
      </section>
      """
  }

  private var tiles: String {
    let tiles = [
      ("\(history.step)", "versions, the same at all three"),
      ("\(outcome.accepted)", "transactions accepted"),
      ("\(outcome.refused)", "refused, with the reason"),
      (
        "\(outcome.acknowledgedBeforeKill) of \(outcome.acknowledgedBeforeKill)",
        "acknowledged before SIGKILL, and there"
      ),
      (money(history.lowest), "the lowest balance ever"),
    ]
    let items = tiles.map { "<li><strong>\($0)</strong><span>\($1)</span></li>" }
    return "<ul class='tiles'>\(items.joined())</ul>"
  }

  private var places: [(String, String)] {
    Place.allCases.map { ("\($0.folder)-key", $0.name) }
  }

  private var deskWords: String {
    let moved = desk.decided.filter { if case .moved = $0.answer { true } else { false } }
    let lost = desk.decided.filter { if case .rejected = $0.answer { true } else { false } }
    return """
      No branch can decide alone who has a name, or which meeting has a room. Such a request is \
      submitted at any branch, and stays there until it is decided. It runs in one order, which a \
      majority of the \(desk.voters) branches votes on. On the left is what each branch showed \
      while it was apart, in its own order; on the right is what all of them show now. Of \
      \(desk.decided.count.counted("request")), moved to other hours by its own transaction: \
      \(moved.count); rejected, with the reason: \(lost.count).
      """
  }

  private var plainWords: String {
    let below = outcome.plain.filter { $0.value < 0 }
    let words = """
      The same orders while apart, run on real PN-counters: each branch looks at the balance that \
      it sees, and pays. The counters converge, too,
      """
    return below.isEmpty
      ? words + " and this time no account fell below zero: nothing but luck kept the rule."
      : words + """
         but of \(outcome.plain.count.counted("account")) \(below.count) ended below zero, by \
        \(money(below.values.reduce(0, -))) in all, and nobody was told. Where Merganser's bar is longer, a branch refused what it had no \
        rights for: the price of asking nobody.
        """
  }

  /// A heading, words, a legend, and a picture drawn for wide and for narrow pages.
  private func section(
    _ title: String, words: String, legend: [(style: String, name: String)],
    draw: (Double) -> SVG
  ) -> String {
    let keys = legend.map { "<li><i class='\($0.style)'></i>\($0.name)</li>" }
    return """
      <section>
      <h2>\(HTML.escaped(title))</h2>
      <p>\(HTML.escaped(words))</p>
      <ul class='legend'>\(keys.joined())</ul>
      \(draw(1080).element("wide"))
      \(draw(640).element("medium"))
      \(draw(350).element("narrow"))
      </section>
      """
  }
}
