import MerganserConfluence

/// A drawing, put together from shapes.
///
/// Its colours are the classes of the page's style.
struct SVG {
  let width: Double
  let height: Double
  /// What is said of it to those who do not see it.
  let title: String
  /// The same at length, where the title does not tell what is to be seen; `nil` if it does.
  var description: String?
  private var shapes: [String] = []

  init(width: Double, height: Double, title: String) {
    self.width = width
    self.height = height
    self.title = title
  }

  mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, style: String) {
    shapes.append(
      "<line class='\(style)' x1='\(f(x1))' y1='\(f(y1))' x2='\(f(x2))' y2='\(f(y2))'/>")
  }

  mutating func rect(
    x: Double, y: Double, width: Double, height: Double, style: String,
    radius: Double = 0
  ) {
    shapes.append(
      "<rect class='\(style)' x='\(f(x))' y='\(f(y))' width='\(f(max(0, width)))' "
        + "height='\(f(height))' rx='\(f(radius))'/>")
  }

  mutating func circle(x: Double, y: Double, radius: Double, style: String) {
    shapes.append("<circle class='\(style)' cx='\(f(x))' cy='\(f(y))' r='\(f(radius))'/>")
  }

  /// A path in SVG's own notation.
  mutating func path(_ path: String, style: String) {
    shapes.append("<path class='\(style)' d='\(path)'/>")
  }

  /// Shapes that belong together, and what is said of them to those who point at them.
  mutating func group(_ title: String, style: String, body: (inout SVG) -> Void) {
    shapes.append("<g class='\(style)'><title>\(HTML.escaped(title))</title>")
    body(&self)
    shapes.append("</g>")
  }

  /// Text whose `anchor` (start, middle or end) is at a point.
  mutating func text(
    x: Double, y: Double, text: String, style: String = "label", anchor: String = "start"
  ) {
    shapes.append(
      "<text class='\(style)' x='\(f(x))' y='\(f(y))' text-anchor='\(anchor)'>"
        + "\(HTML.escaped(text))</text>")
  }

  /// The element.
  func element(_ style: String) -> String {
    let words = description.map { "\n<desc>\(HTML.escaped($0))</desc>" } ?? ""
    return """
      <svg class='\(style)' viewBox='0 0 \(f(width)) \(f(height))' role='img'>
      <title>\(HTML.escaped(title))</title>\(words)
      \(shapes.joined(separator: "\n"))
      </svg>
      """
  }

  private func f(_ value: Double) -> String { Self.number(value) }

  /// A number with one decimal at most.
  static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return tenths.truncatingRemainder(dividingBy: 10) == 0
      ? "\(Int(tenths / 10))" : "\(tenths / 10)"
  }
}

/// Where values lie on an axis.
struct Scale {
  let domain: ClosedRange<Double>
  let range: (from: Double, to: Double)

  init(_ domain: ClosedRange<Double>, from: Double, to: Double) {
    self.domain = domain
    range = (from, to)
  }

  func callAsFunction(_ value: Double) -> Double {
    let length = domain.upperBound - domain.lowerBound
    guard length > 0 else { return range.from }
    return range.from + (value - domain.lowerBound) / length * (range.to - range.from)
  }

  func callAsFunction(_ value: Int) -> Double { self(Double(value)) }

  /// A few round values within the domain.
  var ticks: [Double] {
    let length = domain.upperBound - domain.lowerBound
    guard length > 0 else { return [domain.lowerBound] }
    var step = 1.0
    while step * 10 < length { step *= 10 }
    while length / step < 4 { step /= 2 }
    while length / step > 6 { step *= 2 }
    var ticks: [Double] = []
    var tick = (domain.lowerBound / step).rounded(.up) * step
    while tick <= domain.upperBound + step / 1000 {
      ticks.append(tick)
      tick += step
    }
    return ticks
  }
}
