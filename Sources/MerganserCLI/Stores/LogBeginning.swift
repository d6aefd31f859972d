import Merganser

/// Where a log begins whose first versions were taken out of it.
struct LogBeginning {
  private let truncatedTo: [(origin: ReplicaID, sequence: UInt64)]

  /// The beginning behind the given heads; `nil` if the log has all versions.
  init?(_ truncatedTo: [ReplicaID: Head]) {
    guard !truncatedTo.isEmpty else { return nil }
    self.truncatedTo = truncatedTo.map { ($0, $1.sequence) }.sorted { $0.origin < $1.origin }
  }

  /// Lines of at most 80 columns.
  var lines: [String] {
    let shown = truncatedTo.prefix(3).map { "\($0.origin.shortDescription):\($0.sequence)" }
    let rest = truncatedTo.count - shown.count
    let places = shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    return "The log begins behind \(places). Older versions are in the stored rows."
      .wrapped(to: 80)
  }
}
