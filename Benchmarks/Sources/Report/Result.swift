import Foundation

/// What one benchmark gave.
struct Result: Codable {
  let work: String
  let side: String
  let size: Int
  let unit: String
  /// One value for each round, for a single repetition of the work.
  let values: [Double]

  var best: Double { values.min() ?? 0 }
  var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// The standard deviation of the rounds, in parts of their mean.
  var noise: Double {
    guard values.count > 1, mean > 0 else { return 0 }
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    return (squares.reduce(0, +) / Double(values.count - 1)).squareRoot() / mean
  }

  init?(_ heading: [String: String], values: [Double]) {
    guard let work = heading["work"], let side = heading["side"], let unit = heading["unit"],
      let size = heading["size"].flatMap({ Int($0) }),
      let repeats = heading["repeats"].flatMap({ Double($0) }), !values.isEmpty
    else { return nil }
    (self.work, self.side, self.unit, self.size) = (work, side, unit, size)
    self.values = values.map { $0 / repeats }
  }

  /// The fields of a heading; the work may have spaces in it.
  static func fields(_ line: String) -> [String: String] {
    var fields: [String: String] = [:]
    var key = ""
    for word in line.dropFirst().split(separator: " ") {
      if let equals = word.firstIndex(of: "=") {
        key = String(word[..<equals])
        fields[key] = String(word[word.index(after: equals)...])
      } else {
        fields[key, default: ""] += " " + word
      }
    }
    return fields
  }

  /// The values in a line that XCTest printed.
  static func values(_ line: String) -> [Double]? {
    guard line.contains("measured"), let start = line.range(of: "values: [") else { return nil }
    return line[start.upperBound...].prefix { $0 != "]" }.split(separator: ",")
      .compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
  }
}

struct Run: Codable {
  let machine: Machine
  let results: [Result]
}

/// Where and when the benchmarks ran.
struct Machine: Codable {
  var processor: String
  var cores: Int
  var system: String
  var date: String
  /// Processes that wanted to run, on average over the last minute, at the end.
  var load: String

  static func here() -> Machine {
    let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let name = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
    let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withFullDate]
    return Machine(
      processor: name?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        ?? "unknown",
      cores: ProcessInfo.processInfo.processorCount,
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      date: format.string(from: Date()),
      load: load.split(separator: " ").first.map(String.init) ?? "unknown")
  }
}
