/// The report's pictures of what happened, step by step.
struct HistoryCharts {
  let history: DemoHistory
  let width: Double

  private var left: Double { width > 700 ? 72 : 62 }
  private var right: Double { width - 12 }
  private var isWide: Bool { width > 700 }

  private var x: Scale {
    Scale(0...Double(max(history.step, 1)), from: left, to: right)
  }

  /// Every version in the lane of its branch, with the meetings between the lanes.
  var timeline: SVG {
    let lane = 74.0
    let top = 40.0
    var svg = SVG(
      width: width, height: top + 3 * lane + 26,
      title: "Versions of each branch in the order in which they were committed")
    chapters(&svg, bottom: top + 3 * lane)
    let centre = { (place: Place) in top + lane * (Double(place.rawValue) + 0.5) }
    for meeting in history.meetings where meeting.exchanged > 0 {
      let at = x(meeting.step)
      svg.line(at, centre(meeting.first), at, centre(meeting.second), "meeting")
    }
    for place in Place.allCases {
      svg.line(left, centre(place), right, centre(place), "lane")
      svg.text(left - 10, centre(place) + 4, place.name, "name \(place.folder)", anchor: "end")
    }
    var marks: [String: String] = [:]
    for commit in history.commits {
      let (at, middle) = (x(commit.step), centre(commit.place))
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
    for (style, path) in marks.sorted(by: { $0.key < $1.key }) { svg.path(path, style) }
    let (at, faro) = (x(history.killed), centre(.faro))
    svg.path(
      "M\(SVG.number(at - 7)) \(SVG.number(faro - 7))l14 14m0 -14l-14 14", "killed")
    svg.text(at, top + 3 * lane + 18, "killed", "alarm", anchor: "middle")
    axis(&svg, y: top + 3 * lane, clearOf: at)
    return svg
  }

  /// How many versions of the others each branch lacks.
  var divergence: SVG {
    let (top, bottom) = (40.0, 220.0)
    var svg = SVG(
      width: width, height: bottom + 26, title: "Versions of the others that each branch lacks")
    let most = history.samples.flatMap(\.lacking).max() ?? 0
    let y = Scale(0...Double(max(most, 1)) * 1.08, from: bottom, to: top)
    chapters(&svg, bottom: bottom)
    grid(&svg, y) { "\(Int($0))" }
    for place in Place.allCases {
      var path = "M\(SVG.number(x(0))) \(SVG.number(y(0)))"
      for sample in thinned {
        path +=
          "H\(SVG.number(x(sample.step)))V\(SVG.number(y(sample.lacking[place.rawValue])))"
      }
      svg.path(path, "curve \(place.folder)\(place == .porto ? " dashed" : "")")
    }
    axis(&svg, y: bottom)
    return svg
  }

  /// What each branch may spend without asking, one above the other: together all the money.
  var rights: SVG {
    let (top, bottom) = (40.0, 240.0)
    var svg = SVG(width: width, height: bottom + 26, title: "Rights to spend, by branch")
    let most = history.samples.map { $0.rights.reduce(0, +) }.max() ?? 0
    let y = Scale(0...Double(max(most, 1)) / 100 * 1.05, from: bottom, to: top)
    var below = thinned.map { _ in Int64(0) }
    for place in Place.allCases {
      let above = zip(thinned, below).map { $0.rights[place.rawValue] + $1 }
      let steps = thinned.map(\.step)
      func point(_ step: Int, _ cents: Int64) -> String {
        "\(SVG.number(x(step))) \(SVG.number(y(Double(cents) / 100)))"
      }
      let upper = zip(steps, above).map(point)
      let lower = zip(steps, below).reversed().map { point($0.0, $0.1) }
      svg.path("M" + (upper + lower).joined(separator: "L") + "Z", "area \(place.folder)")
      below = above
    }
    chapters(&svg, bottom: bottom)
    grid(&svg, y) { money(Int64($0 * 100)).split(separator: ".").first.map(String.init) ?? "" }
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

  /// The chapters above the picture, and the time in which the line was cut.
  private func chapters(_ svg: inout SVG, bottom: Double) {
    svg.rect(
      x(history.cut), 30, x(history.healed) - x(history.cut), bottom - 30, "apart")
    for (number, phase) in history.phases.enumerated() {
      let at = x(phase.step)
      let next = number + 1 < history.phases.count ? x(history.phases[number + 1].step) : right
      svg.line(at, 26, at, bottom, "chapter")
      guard next - at > 16 else { continue }
      let room = Int((next - at) / 6.4) - 3
      let name = isWide && phase.name.count <= room ? " \(phase.name)" : ""
      svg.text(at + 3, 20, "\(number + 1)\(name)", "note")
    }
  }

  private func grid(_ svg: inout SVG, _ y: Scale, _ format: (Double) -> String) {
    for tick in y.ticks {
      svg.line(left, y(tick), right, y(tick), "grid")
      svg.text(left - 8, y(tick) + 4, format(tick), "label", anchor: "end")
    }
  }

  private func axis(_ svg: inout SVG, y: Double, clearOf taken: Double = -.infinity) {
    let end = right - (isWide ? 110 : 70)
    for tick in x.ticks where x(tick) < end && abs(x(tick) - taken) > 36 {
      svg.text(x(tick), y + 18, "\(Int(tick))", "label", anchor: tick == 0 ? "start" : "middle")
    }
    svg.text(right, y + 18, isWide ? "versions so far" : "versions", "label", anchor: "end")
  }
}
