import Foundation

/// Cost against size, both axes logarithmic: a line that climbs one decade a decade is linear.
struct Plot {
  let work: String
  let results: [Result]

  private let width = 460.0
  private let height = 320.0
  private let left = 70.0
  private let right = 90.0
  private let top = 34.0
  private let bottom = 46.0

  private var xs: ClosedRange<Double> { decades(results.map { Double($0.size) }) }
  private var ys: ClosedRange<Double> { decades(results.map(\.best)) }

  private func decades(_ values: [Double]) -> ClosedRange<Double> {
    let logs = values.filter { $0 > 0 }.map { log10($0) }
    let low = (logs.min() ?? 0).rounded(.down)
    return low...max(low + 1, (logs.max() ?? 1).rounded(.up))
  }

  private func x(_ size: Double) -> Double {
    left + (size - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * (width - left - right)
  }

  private func y(_ value: Double) -> Double {
    height - bottom
      - (value - ys.lowerBound) / (ys.upperBound - ys.lowerBound) * (height - bottom - top)
  }

  var svg: String {
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
      font-family="sans-serif" font-size="11" role="img">
      <title>\(work): cost against size</title>
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(left)" y="18" font-size="13" font-weight="bold">\(work)</text>
      """
    ]
    for decade in stride(from: xs.lowerBound, through: xs.upperBound, by: 1) {
      let place = x(decade)
      parts.append(
        """
        <line x1="\(place)" y1="\(top)" x2="\(place)" y2="\(height - bottom)" stroke="#e3e3e3"/>
        <text x="\(place)" y="\(height - bottom + 16)" text-anchor="middle">10<tspan dy="-4" \
        font-size="8">\(Int(decade))</tspan></text>
        """)
    }
    for decade in stride(from: ys.lowerBound, through: ys.upperBound, by: 1) {
      let place = y(decade)
      let label = Table.quantity(pow(10, decade), unit: results.first?.unit ?? "s")
        .replacingOccurrences(of: ".00", with: "").replacingOccurrences(of: ".0", with: "")
      parts.append(
        """
        <line x1="\(left)" y1="\(place)" x2="\(width - right)" y2="\(place)" stroke="#e3e3e3"/>
        <text x="\(left - 6)" y="\(place + 4)" text-anchor="end">\(label)</text>
        """)
    }
    parts.append(
      """
      <text x="\((left + width - right) / 2)" y="\(height - 10)" text-anchor="middle">elements</text>
      """)
    parts += line("baseline", colour: "#b5651d") + line("ours", colour: "#1f5fa8")
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func line(_ side: String, colour: String) -> [String] {
    let points = results.filter { $0.side == side && $0.best > 0 }.sorted { $0.size < $1.size }
      .map { (x: x(log10(Double($0.size))), y: y(log10($0.best))) }
    guard let last = points.last else { return [] }
    let path = points.map { String(format: "%.1f,%.1f", $0.x, $0.y) }.joined(separator: " ")
    return [
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
    ]
      + points.map {
        String(format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"\(colour)\"/>", $0.x, $0.y)
      } + [
        String(
          format: "<text x=\"%.1f\" y=\"%.1f\" fill=\"\(colour)\">\(side)</text>", last.x + 8,
          last.y + 4)
      ]
  }
}
