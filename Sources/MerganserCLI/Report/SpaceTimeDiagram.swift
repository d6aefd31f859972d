import MerganserSimulation

/// A run as a space-time diagram: a line for each site, time from left to right, and what went from one to the other.
struct SpaceTimeDiagram {
  let record: SimulationRecord

  /// How much room a moment has, from left to right: few of them fill the width of a page.
  private var step: Double { min(48, max(8, 720 / Double(record.end + 2))) }
  /// How much room a site has, from top to bottom.
  private static let lane = 92.0
  private static let top = 34.0

  private var width: Double { Double(record.end + 2) * step }
  private var bottom: Double { Self.top + Self.lane * Double(record.sites.count) }

  private func x(_ moment: Int) -> Double { (Double(moment) + 0.5) * step }
  private func y(_ site: Int) -> Double { Self.top + Self.lane * (Double(site) + 0.5) }

  /// The names of the sites, which stay where they are as the diagram is moved.
  var names: SVG {
    var svg = SVG(width: 62, height: bottom + 34, title: "The sites")
    for site in record.sites.indices {
      svg.text(x: 54, y: y(site) + 4, text: "site \(site)", style: "name", anchor: "end")
    }
    return svg
  }

  /// What happened.
  var picture: SVG {
    var svg = SVG(
      width: width, height: bottom + 34,
      title: "What happened at each site, and what went from one to the other, event by event")
    for span in record.spans { drawBehind(span, in: &svg) }
    if let calm = record.calm {
      svg.line(x1: x(calm), y1: Self.top - 8, x2: x(calm), y2: bottom, style: "chapter")
      let isLate = x(calm) > width - 110
      svg.text(
        x: x(calm) + (isLate ? -4 : 4), y: 14, text: "faults stop", anchor: isLate ? "end" : "start"
      )
    }
    for (site, moment) in record.sites.enumerated() {
      svg.line(x1: x(moment), y1: y(site), x2: x(record.end), y2: y(site), style: "site")
    }
    for span in record.spans { drawOnLine(span, in: &svg) }
    for message in record.messages { draw(message, in: &svg) }
    drawMarks(in: &svg)
    drawAxis(in: &svg)
    return svg
  }
}

// What lasts.
extension SpaceTimeDiagram {
  private func drawBehind(_ span: SimulationRecord.Span, in svg: inout SVG) {
    guard case .split(let side) = span.kind else { return }
    let names = side.map(String.init).joined(separator: ", ")
    svg.group(
      "events \(span.begin) to \(span.end): nothing comes from sites \(names) to the others, or back",
      style: "parted"
    ) { svg in
      svg.rect(
        x: x(span.begin), y: Self.top, width: x(span.end) - x(span.begin),
        height: bottom - Self.top,
        style: "apart")
      for site in record.sites.indices where record.sites[site] < span.end {
        let begin = max(span.begin, record.sites[site])
        svg.rect(
          x: x(begin), y: y(site) - 30, width: x(span.end) - x(begin), height: 3,
          style: side.contains(site) ? "one-side" : "other-side")
      }
    }
  }

  private func drawOnLine(_ span: SimulationRecord.Span, in svg: inout SVG) {
    let begin = x(span.begin)
    let length = max(2, x(span.end) - begin)
    let times = "events \(span.begin) to \(span.end)"
    switch span.kind {
    case .down(let site):
      svg.group("\(times): no process runs at site \(site)", style: "down") { svg in
        svg.rect(x: begin, y: y(site) - 3, width: length, height: 6, style: "gap")
        svg.line(x1: begin, y1: y(site), x2: begin + length, y2: y(site), style: "absent")
      }
    case .full(let site):
      svg.group("\(times): the disk of site \(site) is full", style: "filled") { svg in
        svg.rect(x: begin, y: y(site) + 30, width: length, height: 3, style: "no-room")
      }
    case .blocked(let sender, let receiver):
      guard record.sites.indices.contains(sender) else { return }
      svg.group("\(times): nothing comes from site \(sender) to site \(receiver)", style: "parted")
      {
        svg in
        svg.rect(x: begin, y: y(sender) + 36, width: length, height: 3, style: "one-way")
      }
    case .split: break
    }
  }
}

// What goes from one site to the other.
extension SpaceTimeDiagram {
  private func draw(_ message: SimulationRecord.Message, in svg: inout SVG) {
    let fromX = x(message.sent)
    let fromY = y(message.from)
    // What is lost ends half way.
    let part = message.isLost ? 0.5 : 1
    let isBelow = message.to > message.from
    let toX = fromX + (x(message.arrived) - fromX) * part
    let toY = fromY + (y(message.to) - fromY) * part - (message.isLost ? 0 : isBelow ? 4 : -4)
    let pieces = message.pieces == 1 ? "" : " in \(message.pieces) pieces"
    let times =
      message.sent == message.arrived
      ? "at event \(message.sent)"
      : "sent at event \(message.sent), \(message.isLost ? "lost" : "there") at \(message.arrived)"
    svg.group(
      "site \(message.from) → site \(message.to): \(message.bytes.counted("byte"))\(pieces), \(times)",
      style: message.isLost ? "message lost" : "message"
    ) { svg in
      svg.line(x1: fromX, y1: fromY, x2: toX, y2: toY, style: "way")
      let end = "M\(SVG.number(toX)) \(SVG.number(toY))"
      if message.isLost {
        svg.path("\(end)m-3 -3l6 6m0 -6l-6 6", style: "way")
      } else {
        let back = isBelow ? "-6" : "6"
        svg.path("\(end)l-2.5 \(back)h5z", style: "head")
      }
    }
  }
}

// What happens at one site.
extension SpaceTimeDiagram {
  private struct Slot: Hashable {
    let site: Int
    let moment: Int
    let row: Int
  }

  private func drawMarks(in svg: inout SVG) {
    var texts: [(mark: SimulationRecord.Mark, texts: [String])] = []
    for mark in record.marks {
      let place = texts.lastIndex { known in
        known.mark.kind == mark.kind && known.mark.site == mark.site
          && known.mark.moment == mark.moment
      }
      if let place {
        texts[place].texts.append(mark.text)
      } else {
        texts.append((mark, [mark.text]))
      }
    }
    var taken: [Slot: Int] = [:]
    for (mark, all) in texts {
      let slot = Slot(site: mark.site, moment: mark.moment, row: mark.kind.row)
      let level = taken[slot, default: 0]
      taken[slot] = level + 1
      let shift = Double(mark.kind.row) * 14 + Double(level) * (mark.kind.row < 0 ? -9 : 9)
      svg.group(
        "event \(mark.moment), site \(mark.site): \(all.joined(separator: "; "))",
        style: "mark \(mark.kind.style)"
      ) { svg in
        let at = "M\(SVG.number(x(mark.moment))) \(SVG.number(y(mark.site) + shift))"
        svg.path(at + mark.kind.outline, style: "glyph")
      }
    }
  }

  private func drawAxis(in svg: inout SVG) {
    let interval = [1, 2, 5, 10].first { Double($0) * step >= 40 } ?? 20
    for moment in stride(from: 0, through: record.end, by: interval) {
      svg.line(x1: x(moment), y1: bottom, x2: x(moment), y2: bottom + 5, style: "tick-mark")
      svg.text(
        x: x(moment), y: bottom + 20, text: "\(moment)", anchor: moment == 0 ? "start" : "middle")
    }
    guard let failure = record.failure else { return }
    svg.group(
      "event \(record.end): \(failure.guarantee.rawValue): \(failure.evidence)",
      style: "broken-line"
    ) {
      svg in
      svg.line(x1: x(record.end), y1: Self.top - 8, x2: x(record.end), y2: bottom, style: "end")
    }
  }
}

extension SimulationRecord.Kind {
  /// What it is called, for a legend.
  var name: String {
    switch self {
    case .commit: "version committed"
    case .refusal: "transaction not committed"
    case .crash: "process ends"
    case .start: "process starts"
    case .versions: "sync over, versions came"
    case .adoption: "state adopted"
    case .failedSync: "sync failed"
    case .checkpoint: "checkpoint"
    case .truncation: "log truncated"
    case .disk: "disk: a write failed, or a block is damaged"
    case .clock: "clock set"
    case .operation: "copy, backup, restore, forget"
    }
  }

  /// Whether it stands on the line (0), above (-1) or below it (1).
  fileprivate var row: Int {
    switch self {
    case .commit, .refusal, .crash, .start: 0
    case .versions, .adoption, .failedSync, .operation: -1
    case .checkpoint, .truncation, .disk, .clock: 1
    }
  }

  /// The class of the page's style.
  var style: String { "\(self)" }

  /// Its outline around the point where it stands.
  var outline: String {
    switch self {
    case .commit: "m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z"
    case .refusal: "m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0z"
    case .crash: "m-5 -5l10 10m0 -10l-10 10"
    case .start: "m-3.5 -5l8 5l-8 5z"
    case .versions: "m0 -4l4 4l-4 4l-4 -4z"
    case .adoption: "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z"
    case .failedSync: "m0 -4l4 4l-4 4l-4 -4z"
    case .checkpoint: "m-3 -3h6v6h-6z"
    case .truncation: "m-3.5 -3.5h7v7h-7z"
    case .disk: "m-4.5 -3.5h9l-4.5 8z"
    case .clock: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0zm4 -2.6v2.6h2.4"
    case .operation: "m-4.5 3.5h9l-4.5 -8z"
    }
  }
}
