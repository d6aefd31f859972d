/// The balances after the line was back: as they are, and as plain PN-counters would have merged them.
struct BalanceChart {
  let outcome: DemoOutcome
  let width: Double

  var svg: SVG {
    let accounts = outcome.merged.keys.sorted()
    let row = 34.0
    let (left, right, top) = (width > 700 ? 130.0 : 92.0, width - (width > 700 ? 76 : 62), 40.0)
    let values = Array(outcome.merged.values) + Array(outcome.plain.values)
    let least = Double(min(values.min() ?? 0, 0)), most = Double(max(values.max() ?? 0, 1))
    let x = Scale(least...most, from: left + (least < 0 ? (width > 700 ? 64 : 52) : 0), to: right)
    let bottom = top + row * Double(accounts.count)
    var svg = SVG(
      width: width, height: bottom + 10,
      title: "Balances after the merge, with Merganser and with plain PN-counters")
    for (number, account) in accounts.enumerated() {
      let y = top + row * Double(number)
      let (kept, plain) = (outcome.merged[account] ?? 0, outcome.plain[account] ?? 0)
      svg.text(0, y + 21, outcome.holders[account] ?? "\(account)", "holder")
      bar(&svg, x, y + 6, kept, "kept")
      bar(&svg, x, y + 19, plain, plain < 0 ? "broken" : "plain")
    }
    svg.line(x(0), top - 4, x(0), bottom, "zero")
    svg.text(0, 12, "balance after the line was back")
    svg.text(x(0), 30, "0.00", "label", anchor: "middle")
    return svg
  }

  private func bar(_ svg: inout SVG, _ x: Scale, _ y: Double, _ cents: Int64, _ style: String) {
    let (zero, end) = (x(0), x(Double(cents)))
    svg.rect(min(zero, end), y, max(abs(end - zero), 1.5), 10, style, radius: 2)
    let isBelow = cents < 0
    svg.text(
      isBelow ? end - 6 : end + 6, y + 9, money(cents), isBelow ? "alarm" : "label",
      anchor: isBelow ? "end" : "start")
  }
}
