import Merganser

/// What each branch showed of its requests while they were apart, beside the order that all of them have since.
///
/// A line leads from each request to its place in that order.
struct OrderChart {
  let desk: DeskHistory
  let width: Double

  /// A request's box.
  private struct Box {
    let request: RequestID
    let place: Place
    let answer: DeskAnswer
    /// What is asked for, and what comes of it.
    let wish, outcome: [String]
    let x, y, width: Double

    var height: Double { Double(wish.count + outcome.count) * OrderChart.line + 14 }
    var middle: Double { y + height / 2 }
    var end: Double { y + height }

    /// The style of what stands out; `nil` if it is as it was wished.
    var mark: String? {
      switch answer {
      case .granted: nil
      case .moved: "moved"
      case .rejected: "lost"
      }
    }
  }

  /// How much room a line of text has, from top to bottom.
  private static let line = 17.0
  /// How much room is between two boxes.
  private static let gap = 10.0
  private static let top = 48.0
  /// The radius of the circle that has a request's number.
  private static let radius = 11.0

  private var isWide: Bool { width > 700 }
  private var isNarrow: Bool { width < 500 }
  /// How wide the boxes on the left are, and where those on the right begin.
  private var leftWidth: Double { isWide ? 330 : isNarrow ? 134 : 236 }
  private var right: Double { isWide ? 590 : isNarrow ? 216 : 350 }

  /// The drawing.
  var svg: SVG {
    let shown = shownBoxes
    let bottom = shown.last?.end ?? Self.top
    // In the middle of the height that the others take.
    let height = decidedBoxes(from: Self.top).last?.end ?? Self.top
    let decided = decidedBoxes(from: Self.top + max(0, bottom - height) / 2)
    var svg = SVG(
      width: width, height: max(bottom, height) + 8,
      title: "What each branch showed while apart, and the order that all of them have since")
    svg.description = description
    svg.text(x: 0, y: 14, text: isNarrow ? "apart: tentative" : "apart, at each branch: tentative")
    svg.text(
      x: right, y: 14, text: isNarrow ? "since: committed" : "since, at all branches: committed")
    for place in Place.allCases {
      guard let first = shown.first(where: { $0.place == place }) else { continue }
      svg.text(x: 0, y: first.y - 8, text: place.name, style: "name \(place.folder)")
    }
    let ways = shown.compactMap { box in
      decided.first { $0.request == box.request }.map { (from: box, to: $0) }
    }
    // What stands out is drawn above the rest.
    for way in ways where way.to.mark == nil { draw(from: way.from, to: way.to, in: &svg) }
    for way in ways where way.to.mark != nil { draw(from: way.from, to: way.to, in: &svg) }
    for box in shown { draw(box, in: &svg) }
    for (one, box) in zip(desk.decided, decided) {
      draw(box, in: &svg)
      let centre = box.x - Self.radius - 3
      svg.circle(
        x: centre, y: box.middle, radius: Self.radius,
        style: "number \(box.mark ?? box.place.folder)")
      svg.text(
        x: centre, y: box.middle + 4, text: "\(one.number)", style: "holder", anchor: "middle")
    }
    return svg
  }

  /// All of it in words.
  private var description: String {
    let before = Place.allCases.map { place in
      let shown = desk.shown(by: place).map {
        "\($0.wish.text), tentatively \($0.answer.tentativeText)"
      }
      return "\(place.name) showed: \(shown.joined(separator: "; "))."
    }
    let after = desk.decided.map {
      "\($0.number), \($0.wish.text), asked for at \($0.place.name): \($0.answer.text)."
    }
    return (before + ["Committed at all branches:"] + after).joined(separator: " ")
  }
}

extension OrderChart {
  private var shownBoxes: [Box] {
    var boxes: [Box] = []
    var y = Self.top
    for place in Place.allCases {
      for (number, one) in desk.shown(by: place).enumerated() {
        // Room for the branch's name.
        if number == 0 { y += boxes.isEmpty ? 8 : 24 }
        let box = Box(
          request: one.request, place: place, answer: one.answer,
          wish: lines(of: one.wish.text, in: leftWidth),
          outcome: lines(
            of: (isNarrow ? "" : "tentative: ") + one.answer.tentativeText, in: leftWidth), x: 0,
          y: y, width: leftWidth)
        boxes.append(box)
        y = box.end + Self.gap
      }
    }
    return boxes
  }

  private func decidedBoxes(from top: Double) -> [Box] {
    var y = top
    return desk.decided.map { one in
      let box = Box(
        request: one.request, place: one.place, answer: one.answer,
        wish: lines(of: "\(one.place.name): \(one.wish.text)", in: width - right),
        outcome: lines(of: one.answer.text, in: width - right), x: right, y: y, width: width - right
      )
      y = box.end + Self.gap
      return box
    }
  }

  private func lines(of text: String, in width: Double) -> [String] {
    text.wrapped(to: Int((width - 18) / 7.4))
  }

  private func draw(_ box: Box, in svg: inout SVG) {
    svg.rect(
      x: box.x + 1, y: box.y, width: box.width - 2, height: box.height,
      style: "request \(box.mark ?? "")", radius: 6)
    svg.rect(
      x: box.x + 1, y: box.y + 6, width: 4, height: box.height - 12,
      style: "area \(box.place.folder)", radius: 2)
    let styles = box.wish.map { ($0, "holder") } + box.outcome.map { ($0, box.mark ?? "label") }
    for (number, (text, style)) in styles.enumerated() {
      svg.text(
        x: box.x + 12, y: box.y + 19 + Double(number) * Self.line, text: text, style: style)
    }
  }

  private func draw(from box: Box, to target: Box, in svg: inout SVG) {
    let (from, to) = (box.x + box.width, target.x - 2 * Self.radius - 3)
    let half = (from + to) / 2
    let (begin, end) = (SVG.number(box.middle), SVG.number(target.middle))
    svg.path(
      "M\(SVG.number(from)) \(begin)C\(SVG.number(half)) \(begin) \(SVG.number(half)) \(end) "
        + "\(SVG.number(to)) \(end)", style: "to-order \(target.mark ?? target.place.folder)")
  }
}
