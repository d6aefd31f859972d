#if Network
  import MerganserModel
  import NIOCore

  extension NetworkAddress {
    /// How many bytes the text of an address has at most.
    private static let longest = 1024
    /// How many bytes the path of a Unix socket has at most, everywhere.
    private static let longestSocketPath = 103

    /// Reads an address from its text.
    ///
    /// - Parameter text: such as `tcp://host:port`, `unix:/path` or `wss://host:port/path`.
    /// - Throws: ``NetworkError/invalidAddress(_:reason:)``.
    public init(_ text: String) throws(NetworkError) {
      func invalid(_ reason: String) -> NetworkError {
        .invalidAddress(text.shortened, reason: reason)
      }
      guard text.utf8.count <= Self.longest else {
        throw invalid("it has more than \(Self.longest) bytes")
      }
      guard text.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else {
        throw invalid("it has a space or a control character")
      }
      guard let colon = text.firstIndex(of: ":") else { throw invalid("it names no scheme") }
      let rest = text[text.index(after: colon)...]
      let scheme = text[..<colon].lowercased()
      switch scheme {
      case "unix":
        let path = rest.hasPrefix("//") ? String(rest.dropFirst(2)) : String(rest)
        guard path.utf8.first == UInt8(ascii: "/") else {
          throw invalid("the path of a socket begins with a slash")
        }
        guard path.utf8.count <= Self.longestSocketPath else {
          throw invalid("the path of a socket has \(Self.longestSocketPath) bytes at most")
        }
        self = .unix(path: path)
      case "tcp", "ws", "wss":
        guard rest.hasPrefix("//") else { throw invalid("two slashes follow its scheme") }
        let place = rest.dropFirst(2)
        let slash = place.utf8.firstIndex(of: UInt8(ascii: "/")) ?? place.endIndex
        let path = place[slash...]
        let (host, port): (String, Int?)
        do { (host, port) = try Self.authority(place[..<slash]) } catch {
          throw invalid(error.reason)
        }
        if scheme == "tcp" {
          guard path.isEmpty else { throw invalid("only a WebSocket has a path") }
          guard let port else { throw invalid("it names no port") }
          self = .tcp(host: host, port: port)
        } else {
          guard path.utf8.allSatisfy({ $0 < 127 && $0 != UInt8(ascii: "#") }) else {
            throw invalid("its path has a character that a path cannot have")
          }
          self = .webSocket(
            host: host, port: port ?? (scheme == "wss" ? 443 : 80),
            path: path.isEmpty ? "/" : String(path), isSecure: scheme == "wss")
        }
      default: throw invalid("its scheme is none of tcp, unix, wss and ws")
      }
    }

    /// Why a host and a port cannot be read.
    private struct Fault: Error { let reason: String }

    /// Reads a host and a port.
    private static func authority(_ text: Substring) throws(Fault) -> (String, Int?) {
      var host = text
      var digits: Substring?
      if text.first == "[" {
        guard let end = text.firstIndex(of: "]") else {
          throw Fault(reason: "a bracket is not closed")
        }
        host = text[..<end].dropFirst()
        let behind = text[text.index(after: end)...]
        guard behind.isEmpty || behind.first == ":" else {
          throw Fault(reason: "a port follows the bracket")
        }
        digits = behind.isEmpty ? nil : behind.dropFirst()
        guard host.contains(":"), (try? SocketAddress(ipAddress: String(host), port: 0)) != nil
        else {
          throw Fault(reason: "what stands in brackets is no address of IPv6")
        }
      } else {
        if let colon = text.firstIndex(of: ":") {
          host = text[..<colon]
          digits = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(isOfName) else {
          throw Fault(reason: "its host is no name and no number")
        }
      }
      guard let digits else { return (String(host), nil) }
      guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ 48...57 ~= $0 }),
        let port = UInt16(digits)
      else { throw Fault(reason: "its port is no number from 0 to 65535") }
      return (String(host), Int(port))
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
      default: false
      }
    }
  }
#endif
