/// The report's pictures of what happened, step by step.
struct HistoryCharts {
  let history: DemoHistory
  let width: Double

  private var left: Double { width > 700 ? 72 : 60 }
  private var right: Double { width - 12 }
  private var isWide: Bool { width > 700 }

  private var x: Scale {
    Scale(0...Double(max(history.step, 1)), from: left, to: right)
  }

  /// Every version in the lane of its branch, with the syncs between the lanes.
  var timeline: SVG {
    let lane = 74.0
    let top = 30.0
    let bottom = top + 3 * lane + 18
    var svg = SVG(
      width: width, height: bottom + Self.axisHeight,
      title: "Versions of each branch in the order in which they were committed")
    chapters(&svg, top: 18, bottom: bottom)
    let centre = { (place: Place) in top + lane * (Double(place.rawValue) + 0.5) }
    for sync in history.syncs where sync.exchanged > 0 {
      let at = x(sync.step)
      svg.line(x1: at, y1: centre(sync.first), x2: at, y2: centre(sync.second), style: "sync")
    }
    for place in Place.allCases {
      svg.line(x1: left, y1: centre(place), x2: right, y2: centre(place), style: "lane")
      svg.text(
        x: left - 8, y: centre(place) + 4, text: place.name, style: "name \(place.folder)",
        anchor: "end")
    }
    var marks: [String: String] = [:]
    for commit in history.commits {
      let at = x(commit.step)
      let middle = centre(commit.place)
      let (style, from, to) =
        switch commit.kind {
        case .opening: ("opening", -22.0, 22.0)
        case .deposit: ("tick \(commit.place.folder)", -20.0, -3.0)
        case .withdrawal: ("tick \(commit.place.folder)", 3.0, 20.0)
        case .refusal: ("refused", 24.0, 30.0)
        case .transfer: ("given", -30.0, -24.0)
        }
      marks[style, default: ""] +=
        "M\(SVG.number(at)) \(SVG.number(middle + from))V\(SVG.number(middle + to))"
    }
    for (style, path) in marks.sorted(by: { $0.key < $1.key }) { svg.path(path, style: style) }
    let at = x(history.killed)
    let faro = centre(.faro)
    svg.path(
      "M\(SVG.number(at - 7)) \(SVG.number(faro - 7))l14 14m0 -14l-14 14", style: "killed")
    svg.text(x: at, y: bottom - 6, text: "killed", style: "alarm", anchor: "middle")
    axis(&svg, y: bottom)
    return svg
  }

  /// How many versions of the others each branch lacks.
  var divergence: SVG {
    let top = 56.0
    let bottom = 236.0
    var svg = SVG(
      width: width, height: bottom + Self.axisHeight,
      title: "Versions of the others that each branch lacks")
    svg.text(x: 0, y: 12, text: "versions of the others that a branch lacks")
    let most = history.samples.flatMap(\.lacking).max() ?? 0
    let y = Scale(0...Double(max(most, 1)) * 1.08, from: bottom, to: top)
    chapters(&svg, top: 36, bottom: bottom)
    grid(&svg, y: y) { "\(Int($0))" }
    for place in Place.allCases {
      var path = "M\(SVG.number(x(0))) \(SVG.number(y(0)))"
      for sample in thinned {
        path +=
          "H\(SVG.number(x(sample.step)))V\(SVG.number(y(sample.lacking[place.rawValue])))"
      }
      svg.path(path, style: "curve \(place.folder)\(place == .porto ? " dashed" : "")")
    }
    axis(&svg, y: bottom)
    return svg
  }

  /// What each branch may spend without asking, one above the other: together all the money.
  var rights: SVG {
    let top = 56.0
    let bottom = 256.0
    var svg = SVG(
      width: width, height: bottom + Self.axisHeight, title: "Rights to spend, by branch")
    svg.text(x: 0, y: 12, text: "rights to spend, in whole units of money")
    let most = history.samples.map { $0.rights.reduce(0, +) }.max() ?? 0
    let y = Scale(0...Double(max(most, 1)) / 100 * 1.05, from: bottom, to: top)
    var below = thinned.map { _ in Int64(0) }
    for place in Place.allCases {
      let above = zip(thinned, below).map { $0.rights[place.rawValue] + $1 }
      let steps = thinned.map(\.step)
      func point(_ step: Int, cents: Int64) -> String {
        "\(SVG.number(x(step))) \(SVG.number(y(Double(cents) / 100)))"
      }
      let upper = zip(steps, above).map(point)
      let lower = zip(steps, below).reversed().map { point($0.0, cents: $0.1) }
      svg.path("M" + (upper + lower).joined(separator: "L") + "Z", style: "area \(place.folder)")
      below = above
    }
    chapters(&svg, top: 36, bottom: bottom)
    grid(&svg, y: y) { money(Int64($0 * 100)).split(separator: ".").first.map(String.init) ?? "" }
    axis(&svg, y: bottom)
    return svg
  }

  /// The samples, the last of each step, no more than the picture can show.
  private var thinned: [DemoHistory.Sample] {
    var kept: [DemoHistory.Sample] = []
    for sample in history.samples {
      if kept.last?.step == sample.step { kept.removeLast() }
      kept.append(sample)
    }
    return kept
  }

  /// The chapters above the picture, by number, with their names where there is room, and the time in
  /// which the line was cut.
  private func chapters(_ svg: inout SVG, top: Double, bottom: Double) {
    svg.rect(
      x: x(history.cut), y: top + 8, width: x(history.healed) - x(history.cut),
      height: bottom - top - 8, style: "apart")
    var numbers: [String] = []
    for (place, phase) in history.phases.enumerated() {
      let at = x(phase.step)
      let next = place + 1 < history.phases.count ? x(history.phases[place + 1].step) : width
      svg.line(x1: at, y1: top + 4, x2: at, y2: bottom, style: "chapter")
      numbers.append("\(place + 1)")
      // Of chapters that begin too near to each other, the numbers stand together at the last.
      guard next - at > 22 else { continue }
      let name = numbers.joined(separator: "·") + (isWide ? " \(phase.name)" : "")
      let hasRoom = Double(name.count) * 6.6 < next - at
      let text = hasRoom ? name : numbers.joined(separator: "·")
      let isLast = at + Double(text.count) * 7 > width
      svg.text(
        x: isLast ? at - 3 : at + 3, y: top, text: text, style: "note",
        anchor: isLast ? "end" : "start")
      numbers = []
    }
    if !numbers.isEmpty {
      svg.text(x: width, y: top, text: numbers.joined(separator: "·"), style: "note", anchor: "end")
    }
  }

  private func grid(_ svg: inout SVG, y: Scale, format: (Double) -> String) {
    for tick in y.ticks {
      svg.line(x1: left, y1: y(tick), x2: right, y2: y(tick), style: "grid")
      svg.text(x: left - 8, y: y(tick) + 4, text: format(tick), style: "label", anchor: "end")
    }
  }

  /// How much room the axis takes below the picture.
  private static let axisHeight = 42.0

  private func axis(_ svg: inout SVG, y: Double) {
    for tick in x.ticks {
      let anchor = tick == 0 ? "start" : x(tick) > right - 14 ? "end" : "middle"
      svg.text(x: x(tick), y: y + 18, text: "\(Int(tick))", style: "label", anchor: anchor)
    }
    svg.text(
      x: (left + right) / 2, y: y + 36, text: "versions so far, at all branches together",
      anchor: "middle")
  }
}
