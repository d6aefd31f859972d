#if Network
  import MerganserModel
  import NIOCore

  /// Where a replica listens, or where one connects to.
  ///
  /// ```swift
  /// let address = try NetworkAddress("tcp://branch.example.org:7400")
  /// ```
  ///
  /// | text | carried by |
  /// | --- | --- |
  /// | `tcp://host:port` | TCP, with TLS unless the host is this machine and plaintext was asked for |
  /// | `unix:/path` | a Unix socket of this machine |
  /// | `wss://host:port/path` | a WebSocket with TLS, for what must pass proxies |
  /// | `ws://host:port/path` | a WebSocket without, on this machine alone |
  public enum NetworkAddress: Hashable, Sendable {
    /// A host, by its name or number, and a port; 0 has the system choose one for a listener.
    case tcp(host: String, port: Int)
    /// The path of a Unix socket.
    case unix(path: String)
    /// A WebSocket; with TLS where it is secure.
    case webSocket(host: String, port: Int, path: String, isSecure: Bool)

    /// The host, where there is one.
    var host: String? {
      switch self {
      case .tcp(let host, _), .webSocket(let host, _, _, _): host
      case .unix: nil
      }
    }

    /// The port, where there is one.
    var port: Int? {
      switch self {
      case .tcp(_, let port), .webSocket(_, let port, _, _): port
      case .unix: nil
      }
    }

    /// The path of a WebSocket; `nil` for others.
    var webSocketPath: String? {
      if case .webSocket(_, _, let path, _) = self { path } else { nil }
    }

    /// The address with another port, which the system has chosen.
    func with(port: Int?) -> Self {
      switch (self, port) {
      case (.tcp(let host, _), let port?): .tcp(host: host, port: port)
      case (.webSocket(let host, _, let path, let isSecure), let port?):
        .webSocket(host: host, port: port, path: path, isSecure: isSecure)
      default: self
      }
    }

    /// Whether what is sent there leaves this machine under no circumstances, as far as the text tells.
    package var isLocal: Bool {
      guard let host else { return true }
      if host.lowercased() == "localhost" { return true }
      return (try? SocketAddress(ipAddress: host, port: 0))?.isLoopback == true
    }
  }

  extension NetworkAddress: CustomStringConvertible {
    /// The text from which the address can be read again.
    public var description: String {
      func authority(_ host: String, port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      }
      return switch self {
      case .tcp(let host, let port): "tcp://\(authority(host, port: port))"
      case .unix(let path): path.hasPrefix("//") ? "unix://\(path)" : "unix:\(path)"
      case .webSocket(let host, let port, let path, let isSecure):
        "\(isSecure ? "wss" : "ws")://\(authority(host, port: port))\(path)"
      }
    }
  }

  extension SocketAddress {
    /// Whether it is of this machine.
    var isLoopback: Bool {
      switch self {
      case .v4(let address):
        UInt32(bigEndian: address.address.sin_addr.s_addr) >> 24 == 127
      case .v6(let address):
        withUnsafeBytes(of: address.address.sin6_addr) { bytes in
          bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        }
      case .unixDomainSocket: true
      }
    }
  }
#endif
