#if Network
  import Foundation
  import MerganserDatabase

  extension RelayStatus {
    /// How many peers are told apart in metrics, those that are furthest behind; the others are summed.
    static let labelledPeers = 64

    /// The status in the text format of Prometheus.
    var metrics: String {
      var lines: [String] = []
      func metric(_ name: String, is kind: String, says help: String) {
        lines += ["# HELP merganser_\(name) \(help)", "# TYPE merganser_\(name) \(kind)"]
      }
      func value(_ name: String, is number: some BinaryInteger, of label: String = "") {
        lines.append("merganser_\(name)\(label) \(number)")
      }
      for (name, kind, number, help) in [
        ("peers", "gauge", peers.count, "Connections that stand or are tried."),
        ("peers_linked", "gauge", linked, "Links that stand."),
        ("versions_received_total", "counter", received, "Versions that came and were applied."),
        ("versions_sent_total", "counter", sent, "Versions that went and were applied there."),
        ("versions_refused_total", "counter", refused, "Versions that either side has refused."),
        ("versions_waiting", "gauge", waiting, "Versions that wait for what they depend on."),
        ("bytes_received_total", "counter", receivedBytes, "Bytes that came, without TLS."),
        ("bytes_sent_total", "counter", sentBytes, "Bytes that went, without TLS."),
        (
          "connections_refused_total", "counter", refusedConnections,
          "Connections that were refused, as there were too many."
        ),
        (
          "connections_failed_total", "counter", failedConnections,
          "Connections that failed before the other side had said who it is."
        ),
      ] {
        metric(name, is: kind, says: help)
        value(name, is: number)
      }
      metric("peer_lag_versions", is: "gauge", says: "Versions that a peer is not known to hold.")
      var lags: [String: UInt64] = [:]
      for peer in peers { if let replica = peer.replica { lags[replica] = peer.lag ?? 0 } }
      let sorted = lags.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      for (replica, lag) in sorted.prefix(Self.labelledPeers) {
        value("peer_lag_versions", is: lag, of: "{replica=\"\(replica)\"}")
      }
      if sorted.count > Self.labelledPeers {
        let rest = sorted.dropFirst(Self.labelledPeers).reduce(UInt64(0)) {
          $0.adding(atMost: $1.value)
        }
        value("peer_lag_versions", is: rest, of: "{replica=\"others\"}")
      }
      if let certificateEnd, let end = try? Date(certificateEnd, strategy: .iso8601) {
        metric(
          "certificate_end_seconds", is: "gauge", says: "When the certificate ends, since 1970.")
        value("certificate_end_seconds", is: Int(end.timeIntervalSince1970))
      }
      return lines.joined(separator: "\n") + "\n"
    }
  }
#endif
