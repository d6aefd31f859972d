/// How often each fault met a replica in each phase: what runs have tried.
public struct FaultTable: Hashable, Sendable {
  private var counts: [SimulationFault: [SimulationPhase: Int]] = [:]

  /// The table of nothing.
  public init() {}

  /// How often a fault met a replica in a phase.
  public subscript(fault: SimulationFault, phase: SimulationPhase) -> Int {
    counts[fault]?[phase] ?? 0
  }

  mutating func count(_ fault: SimulationFault, in phases: Set<SimulationPhase>) {
    for phase in phases { counts[fault, default: [:]][phase, default: 0] += 1 }
  }

  mutating func add(_ other: FaultTable) {
    for (fault, phases) in other.counts {
      counts[fault, default: [:]].merge(phases) { $0 + $1 }
    }
  }

  /// The faults and phases that have met less often than `least` says, and can meet.
  public func rare(below least: Int) -> [(fault: SimulationFault, phase: SimulationPhase)] {
    SimulationFault.allCases.flatMap { fault in
      SimulationPhase.allCases.filter { self[fault, $0] < least && fault.hindrance(in: $0) == nil }
        .map { (fault, $0) }
    }
  }
}

extension FaultTable: CustomStringConvertible {
  /// The table, which is 80 columns wide at most: a fault a line, a phase a column; a letter where the two cannot meet, and
  /// why below.
  public var description: String {
    let faults = SimulationFault.allCases
    let width = faults.map(\.rawValue.count).max() ?? 0
    let widths = SimulationPhase.allCases.map { max(4, $0.heading.count) }
    func line(_ name: String, cells: [String]) -> String {
      name.padded(to: width)
        + zip(cells, widths).map { " " + $0.padded(to: $1, before: true) }.joined()
    }
    var lines = [line("", cells: SimulationPhase.allCases.map(\.heading))]
    var hindrances: [String] = []
    for fault in faults {
      let cells = zip(SimulationPhase.allCases, widths).map { phase, width in
        guard let hindrance = fault.hindrance(in: phase) else {
          return self[fault, phase].short(in: width)
        }
        if !hindrances.contains(hindrance) { hindrances.append(hindrance) }
        return Self.letter(hindrances.firstIndex(of: hindrance) ?? 0)
      }
      lines.append(line(fault.rawValue, cells: cells))
    }
    for (number, hindrance) in hindrances.enumerated() {
      lines.append("\(Self.letter(number)): \(hindrance)")
    }
    return lines.joined(separator: "\n")
  }

  private static func letter(_ number: Int) -> String {
    String(UnicodeScalar(UInt8(truncatingIfNeeded: 97 + number)))
  }
}

extension SimulationPhase {
  /// The phase above a column.
  fileprivate var heading: String {
    switch self {
    case .idle: "idle"
    case .greeting: "greet"
    case .growth: "grow"
    case .versions: "vers."
    case .state: "state"
    case .outcome: "end"
    case .linked: "link"
    case .adoption: "adopt"
    case .checkpoint: "check"
    case .truncation: "trunc"
    case .down: "down"
    }
  }
}

extension Int {
  /// The number in so many characters, which are four at least: of more digits the thousands or the millions.
  fileprivate func short(in width: Int) -> String {
    for (unit, divisor) in [("", 1), ("k", 1000)] {
      let text = "\(self / divisor)\(unit)"
      if text.count <= width { return text }
    }
    return "\(self / 1_000_000)M"
  }
}

extension SimulationFault {
  /// Why it cannot meet a replica in a phase; `nil` if it can.
  func hindrance(in phase: SimulationPhase) -> String? {
    switch (self, phase) {
    case (.loss, .idle), (.repetition, .idle), (.reordering, .idle), (.damage, .idle),
      (.delay, .idle), (.disconnection, .idle):
      "a replica that only runs transactions has no connection"
    case (.loss, .down), (.repetition, .down), (.reordering, .down), (.damage, .down),
      (.delay, .down), (.disconnection, .down):
      "a process that is down has no connection"
    case (.crash, .down), (.absence, .down), (.otherProgram, .down):
      "a process that is down cannot end"
    case (.crashInStep, .down), (.failedWrite, .down), (.doubtfulWrite, .down),
      (.forgetting, .down):
      "a process that is down writes nothing"
    default: nil
    }
  }
}

extension String {
  /// The text with spaces behind it, or before it.
  fileprivate func padded(to width: Int, before: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - count))
    return before ? spaces + self : self + spaces
  }
}
