import Foundation
import Merganser
import MerganserDatabase

/// A version as `merganser log` prints it and gives it as JSON.
struct LogEntry: Encodable {
  /// What it wrote to one row.
  struct Write: Encodable {
    var table: String
    var key: String
    var change: String
    /// Is there where the row before is not known any more, so that `change` is what was written.
    var before: String?
  }

  var origin: String
  var firstSequence: UInt64
  var lastSequence: UInt64
  /// ISO 8601, in UTC.
  var time: String
  var request: String?
  var writes: [Write]

  /// Reads what a version wrote.
  init(_ step: LogWalk.Step) throws {
    let (version, writes) = try step.writes()
    origin = version.origin.description
    firstSequence = version.sequences.lowerBound
    lastSequence = version.sequences.upperBound
    time = version.time.text
    request = version.request.map { "\($0)" }
    self.writes = writes.map {
      Write(
        table: $0.table, key: $0.key, change: $0.change,
        before: $0.isDifference ? nil : "unknown")
    }
  }

  /// One line, as much of it as fits into `width` columns.
  func line(width: Int) -> String {
    let numbers =
      lastSequence > firstSequence ? "\(firstSequence)-\(lastSequence)" : "\(firstSequence)"
    var line = "\(time) \(origin.prefix(8)):\(numbers)"
    if let request { line += " #\(request.escaped)" }
    let shown = writes.filter { request == nil || !$0.isOutcome || $0.isRefusal }
    for (number, write) in shown.enumerated() {
      let rest = shown.count - number
      let next = write.inWords
      // Behind it there is room to say how many more there are.
      let room = rest > 1 ? " (+\(rest - 1))".count : 0
      if number > 0, line.count + 2 + next.count + room > width { return line + " (+\(rest))" }
      line += (number > 0 ? ", " : " ") + next
    }
    return line.shortened(to: width)
  }
}

extension LogEntry.Write {
  /// Whether it records what became of a request.
  fileprivate var isOutcome: Bool {
    table == requestTable.name || table == earlierRequestTable.name
  }

  /// Whether it records that a request was refused.
  fileprivate var isRefusal: Bool { isOutcome && change.hasPrefix("= re") }

  /// The row and the change; of a refused request only the reason, as its number stands before it.
  fileprivate var inWords: String {
    let change = change.escaped
    return isRefusal
      ? String(change.drop { $0 == "=" || $0 == " " })
      : "\(table)/\(key.escaped) \(change)"
  }
}

extension HybridTime {
  /// The time as ISO 8601 writes it, in UTC, to the millisecond.
  var text: String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(
      .iso8601.year().month().day().time(includingFractionalSeconds: true)
        .timeZone(separator: .omitted))
  }
}
