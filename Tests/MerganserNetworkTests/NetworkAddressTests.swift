#if Network
  import MerganserNetwork
  import TestSupport
  import Testing

  /// The text of an address is read as it stands, or refused by name.
  @Suite struct NetworkAddressTests {
    @Test(arguments: [
      ("tcp://porto:7400", NetworkAddress.tcp(host: "porto", port: 7400)),
      ("TCP://127.0.0.1:0", .tcp(host: "127.0.0.1", port: 0)),
      ("tcp://[::1]:65535", .tcp(host: "::1", port: 65535)),
      ("unix:/run/merganser.sock", .unix(path: "/run/merganser.sock")),
      ("unix:///run/m", .unix(path: "/run/m")),
      ("ws://localhost", .webSocket(host: "localhost", port: 80, path: "/", isSecure: false)),
      (
        "wss://sync.example.org/a/b?c=d",
        .webSocket(host: "sync.example.org", port: 443, path: "/a/b?c=d", isSecure: true)
      ),
      (
        "wss://[fe80::1]:8443/",
        .webSocket(host: "fe80::1", port: 8443, path: "/", isSecure: true)
      ),
    ]) func isRead(_ text: String, as address: NetworkAddress) throws {
      #expect(try NetworkAddress(text) == address)
      #expect(try NetworkAddress("\(address)") == address)
    }

    @Test(arguments: [
      "", ":", "tcp", "tcp:", "tcp:/a:1", "tcp://", "tcp://:1", "tcp://porto", "tcp://porto:",
      "tcp://porto:65536", "tcp://porto:-1", "tcp://porto:+1", "tcp://porto:1:2", "tcp://porto:1/a",
      "tcp://a b:1", "tcp://a\n:1", "tcp://a\0b:1", "tcp://user@porto:1", "tcp://[::1:1",
      "tcp://[::1]1", "tcp://[porto]:1", "tcp://[127.0.0.1]:1", "tcp://::1:1", "tcp://pörto:1",
      "tcp://porto:١", "http://porto:1", "unix:", "unix:relative", "unix://host/path", "ws://",
      "wss://porto:1/#a", "ws://porto:1/ä", "unix:/" + String(repeating: "a", count: 103),
      "tcp://" + String(repeating: "a", count: 2000) + ":1",
    ]) func isRefused(_ text: String) {
      #expect {
        try NetworkAddress(text)
      } throws: { error in
        guard case NetworkError.invalidAddress = error else { return false }
        return "\(error)".utf8.count < 1000
      }
    }

    @Test func anyBytesAreReadOrRefused() {
      var draw = SplitMix(seed: 11)
      let parts = ["tcp", "ws", "wss", "unix", ":", "//", "/", "[", "]", "::1", "porto", "80", "é"]
      for _ in 0..<20_000 {
        let text = (0..<Int.random(in: 0...8, using: &draw)).map { _ in
          parts.randomElement(using: &draw) ?? ""
        }.joined()
        guard let address = try? NetworkAddress(text) else { continue }
        #expect((try? NetworkAddress("\(address)")) == address, "\(text)")
      }
    }
  }
#endif
