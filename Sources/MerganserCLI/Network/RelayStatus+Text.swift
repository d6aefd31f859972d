import Merganser

extension RelayStatus {
  /// Prints everything, in 80 columns.
  func print() {
    for line in lines { Terminal.say(line) }
  }

  /// What is printed.
  var lines: [String] {
    var lines = [
      "replica   \(replica)", "database  \(database)",
      "health    \(trouble ?? "well"), since \(started)",
    ]
    lines += listening.map { "listens   at \($0)" }
    if let certificateEnd { lines.append("shows     a certificate until \(certificateEnd)") }
    lines += [
      "versions  \(received.grouped) came, \(sent.grouped) went, \(refused.grouped) refused, \(waiting.grouped) waiting",
      "bytes     \(receivedBytes.grouped) came, \(sentBytes.grouped) went",
    ]
    if refusedConnections > 0 || failedConnections > 0 {
      lines.append(
        "attempts  \(refusedConnections.grouped) refused for lack of room, \(failedConnections.grouped) failed"
      )
    }
    if let lastFault { lines += Self.fault(lastFault, behind: "fault     ") }
    lines.append("")
    guard !peers.isEmpty else { return lines + ["No peer is linked or tried."] }
    lines.append(Self.row("peer", state: "state", lag: "lag", since: "since", place: "address"))
    for peer in peers {
      lines.append(
        Self.row(
          peer.replica.map { String($0.prefix(8)) } ?? "?", state: peer.state,
          lag: peer.lag.map { Int(clamping: $0).grouped } ?? "?", since: peer.since,
          place: (peer.isIncoming ? "from " : "to ") + peer.address))
      if let fault = peer.fault { lines += Self.fault(fault, behind: "          ") }
    }
    return lines
  }

  private static func row(
    _ peer: String, state: String, lag: String, since: String, place: String
  ) -> String {
    let start =
      peer.padded(to: 10) + state.padded(to: 12) + lag.aligned(to: 9) + "  "
      + since.padded(to: 22)
    return (start + place).shortened(to: 80)
  }

  private static func fault(_ text: String, behind start: String) -> [String] {
    let lines = text.wrapped(to: 80 - start.count)
    let indent = String(repeating: " ", count: start.count)
    return lines.enumerated().map { number, line in
      ((number == 0 ? start : indent) + line).shortened(to: 80)
    }
  }
}
