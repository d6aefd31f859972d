/// Writes down what happens in a run.
///
/// It is used by one thread.
final class Recorder {
  private(set) var record = SimulationRecord()
  /// Where a message stands in the record, by what tells it from others.
  private var places: [SimulationRecord.Message: Int] = [:]
  /// What goes on.
  private var open: [SimulationRecord.SpanKind: Int] = [:]
  private var isOver = false

  /// The number of the event that is carried out.
  var moment: Int { record.end }

  /// Takes notice that the next event begins.
  func goOn() { if !isOver { record.end += 1 } }

  /// Takes notice that faults stop.
  func noteCalm() { record.calm = record.end }

  /// Takes notice of a new site.
  func addSite() { record.sites.append(moment) }

  /// Writes a line of the history.
  func tell(_ text: String) {
    record.lines.append(SimulationRecord.Line(moment: moment, text: text))
  }

  /// Writes down that something happened at a site; `text` is what.
  func note(_ kind: SimulationRecord.Kind, at site: Int, saying text: String) {
    if isOver { return }
    record.marks.append(
      SimulationRecord.Mark(kind: kind, site: site, moment: moment, text: text))
  }

  /// Writes down that bytes have come, or are lost.
  func note(_ bytes: Int, from: Int, to: Int, sent: Int, isLost: Bool = false) {
    if isOver { return }
    let message = SimulationRecord.Message(
      from: from, to: to, sent: sent, arrived: moment, isLost: isLost, pieces: 0, bytes: 0)
    let place = places[message] ?? record.messages.count
    if place == record.messages.count {
      places[message] = place
      record.messages.append(message)
    }
    record.messages[place].pieces += 1
    record.messages[place].bytes += bytes
  }

  /// Writes down that something begins that lasts.
  func begin(_ kind: SimulationRecord.SpanKind) {
    if isOver || open[kind] != nil { return }
    open[kind] = record.spans.count
    record.spans.append(SimulationRecord.Span(kind: kind, begin: moment, end: .max))
  }

  /// Writes down that something has come to its end.
  func end(_ kind: SimulationRecord.SpanKind) {
    if isOver { return }
    if let place = open.removeValue(forKey: kind) { record.spans[place].end = moment }
  }

  /// Writes down that everything comes from everywhere again.
  func endPartitions() {
    for span in record.spans where span.end == .max {
      switch span.kind {
      case .blocked, .split: end(span.kind)
      case .down, .full: break
      }
    }
  }

  /// Takes notice that the run is over: what comes now is not written down.
  func finish() {
    if isOver { return }
    isOver = true
    for place in record.spans.indices where record.spans[place].end == .max {
      record.spans[place].end = moment
    }
  }
}
