/// The balances after the line was back: as they are, and as plain PN-counters would have merged them.
struct BalanceChart {
  let outcome: DemoOutcome
  let width: Double

  var svg: SVG {
    let accounts = outcome.merged.keys.sorted()
    let row = 34.0
    let left = width > 700 ? 130.0 : 92.0
    let right = width - (width > 700 ? 76 : 62)
    let top = 40.0
    let values = Array(outcome.merged.values) + Array(outcome.plain.values)
    let least = Double(min(values.min() ?? 0, 0)), most = Double(max(values.max() ?? 0, 1))
    let x = Scale(least...most, from: left + (least < 0 ? (width > 700 ? 64 : 52) : 0), to: right)
    let bottom = top + row * Double(accounts.count)
    var svg = SVG(
      width: width, height: bottom + 10,
      title: "Balances after the merge, with Merganser and with plain PN-counters")
    for (number, account) in accounts.enumerated() {
      let y = top + row * Double(number)
      let kept = outcome.merged[account] ?? 0
      let plain = outcome.plain[account] ?? 0
      svg.text(x: 0, y: y + 21, text: outcome.holders[account] ?? "\(account)", style: "holder")
      bar(&svg, x: x, y: y + 6, cents: kept, style: "kept")
      bar(&svg, x: x, y: y + 19, cents: plain, style: plain < 0 ? "broken" : "plain")
    }
    svg.line(x1: x(0), y1: top - 4, x2: x(0), y2: bottom, style: "zero")
    svg.text(x: 0, y: 12, text: "balance after the line was back")
    svg.text(x: x(0), y: 30, text: "0.00", style: "label", anchor: "middle")
    return svg
  }

  private func bar(_ svg: inout SVG, x: Scale, y: Double, cents: Int64, style: String) {
    let zero = x(0)
    let end = x(Double(cents))
    svg.rect(
      x: min(zero, end), y: y, width: max(abs(end - zero), 1.5), height: 10, style: style, radius: 2
    )
    let isBelow = cents < 0
    svg.text(
      x: isBelow ? end - 6 : end + 6, y: y + 9, text: money(cents),
      style: isBelow ? "alarm" : "label",
      anchor: isBelow ? "end" : "start")
  }
}
