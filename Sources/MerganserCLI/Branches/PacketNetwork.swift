#if Network && os(Linux)
  import Foundation
  import Glibc
  import MerganserLog
  import Synchronization

  /// A network of machines that are network namespaces of this one: each has a TUN device, and a relay of this process carries
  /// packets between them, late, twice or not at all.
  ///
  /// Only root can make one, where the kernel lets it.
  final class PacketNetwork: Sendable {
    /// What happens to packets.
    struct Faults: Sendable {
      /// How long a packet is under way: between the two, drawn for each, so that some overtake others.
      var delay: ClosedRange<Duration> = .zero ... .zero
      /// How many of a thousand are lost, and carried twice.
      var lost = 0
      var repeated = 0
    }

    private struct State {
      var faults: Faults
      /// The machines that hear nothing of others, and the pairs that do not hear each other.
      var isCut: Set<Int> = []
      var hasEnded = false
      var carried = 0
      var lost = 0
    }

    /// The names of the namespaces, by machine.
    let namespaces: [String]
    private let devices: [CInt]
    private let state: Mutex<State>
    private let thread = DispatchGroup()

    /// The address of a machine.
    static func address(of machine: Int) -> String { "10.77.0.\(machine + 1)" }

    /// Makes the machines, and begins to carry.
    ///
    /// - Parameters:
    ///   - count: how many machines there are.
    ///   - faults: what happens to packets.
    ///   - rate: how much a machine sends at most, as `tc` reads it, such as `10mbit`.
    /// - Throws: ``Failure``, where this machine does not let one make them.
    init(of count: Int, faults: Faults = Faults(), rate: String? = nil) throws {
      let names = (0..<count).map { "merganser-\(getpid())-\($0)" }
      var devices: [CInt] = []
      do {
        for (machine, name) in names.enumerated() {
          try System.run("ip", with: "netns", "add", name)
          devices.append(try Self.device(in: name))
          try System.run("ip", with: "-n", name, "link", "set", "lo", "up")
          try System.run(
            "ip", with: "-n", name, "addr", "add", "\(Self.address(of: machine))/24", "dev", "m0")
          try System.run("ip", with: "-n", name, "link", "set", "m0", "up", "mtu", "1400")
          if let rate {
            try System.run(
              "tc", with: "-n", name, "qdisc", "add", "dev", "m0", "root", "tbf", "rate", rate,
              "burst",
              "32kbit", "latency", "100ms")
          }
        }
      } catch {
        for device in devices { close(device) }
        for name in names { try? System.run("ip", with: "netns", "del", name) }
        throw error
      }
      namespaces = names
      self.devices = devices
      state = Mutex(State(faults: faults))
      thread.enter()
      Thread.detachNewThread { [self] in
        carry()
        thread.leave()
      }
    }

    /// Cuts machines off from all others, and no others.
    func cut(_ machines: Set<Int>) { state.withLock { $0.isCut = machines } }

    /// How many packets were carried, and lost.
    var counts: (carried: Int, lost: Int) { state.withLock { ($0.carried, $0.lost) } }

    /// Ends the network; nobody may be in its namespaces.
    func end() {
      state.withLock { $0.hasEnded = true }
      thread.wait()
      for device in devices { close(device) }
      for name in namespaces { try? System.run("ip", with: "netns", "del", name) }
    }

    /// A TUN device `m0` in a namespace: a file by which its packets are read and written.
    private static func device(in namespace: String) throws -> CInt {
      // What a thread has entered, it alone is in.
      let made = Mutex<Result<CInt, Failure>>(.failure(Failure("no device was made")))
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        made.withLock { $0 = Result { () throws(Failure) in try enter(namespace) } }
        done.signal()
      }
      done.wait()
      return try made.withLock { try $0.get() }
    }

    /// The system's call, which its header hides: by it a thread enters a namespace (0x40000000 is `CLONE_NEWNET`).
    private static var setns: (@convention(c) (CInt, CInt) -> CInt)? {
      dlsym(dlopen(nil, RTLD_NOW), "setns").map {
        unsafeBitCast($0, to: (@convention(c) (CInt, CInt) -> CInt).self)
      }
    }

    private static func enter(_ namespace: String) throws(Failure) -> CInt {
      func fail(_ what: String) -> Failure {
        Failure("\(what) in a network namespace: \(SystemReason.text(errno))")
      }
      let space = open("/var/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
      guard space >= 0 else { throw fail("nothing can be done") }
      defer { close(space) }
      guard let enter = Self.setns, enter(space, 0x4000_0000) == 0 else {
        throw fail("nobody can be")
      }
      let device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)
      guard device >= 0 else { throw fail("there is no /dev/net/tun") }
      // Its name, and that it carries IP packets without a head of their own: IFF_TUN and IFF_NO_PI.
      var request = [UInt8](repeating: 0, count: 40)
      request.replaceSubrange(0..<2, with: Array("m0".utf8))
      withUnsafeBytes(of: UInt16(0x1001).littleEndian) {
        request.replaceSubrange(16..<18, with: $0)
      }
      let result = request.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { ioctl(device, 0x4004_54CA, $0) } ?? -1
      }
      guard result == 0 else {
        close(device)
        throw fail("no device can be made")
      }
      return device
    }
  }

  // How packets are carried.
  extension PacketNetwork {
    /// A packet that is under way.
    private struct Packet {
      var arrival: ContinuousClock.Instant
      var to: Int
      var bytes: [UInt8]
    }

    /// How many packets may be under way; more are lost, as by a full router.
    private static let room = 20_000

    private func carry() {
      var draw = SystemRandomNumberGenerator()
      // The next to arrive stands last.
      var underWay: [Packet] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while !state.withLock({ $0.hasEnded }) {
        var waits = devices.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let left = underWay.last.map { $0.arrival - .now } ?? .milliseconds(20)
        poll(
          &waits, nfds_t(waits.count),
          CInt(max(0, min(20, (left / .milliseconds(1)).rounded(.up)))))
        for machine in devices.indices where waits[machine].revents != 0 {
          while true {
            let count = read(devices[machine], &buffer, buffer.count)
            guard count > 0 else { break }
            take(
              Array(buffer[..<count]), of: machine, into: &underWay, by: &draw)
          }
        }
        let now = ContinuousClock.now
        while let packet = underWay.last, packet.arrival <= now {
          underWay.removeLast()
          _ = packet.bytes.withUnsafeBytes { write(devices[packet.to], $0.baseAddress, $0.count) }
        }
      }
    }

    private func take(
      _ bytes: [UInt8], of machine: Int, into underWay: inout [Packet],
      by draw: inout some RandomNumberGenerator
    ) {
      // IPv4, to a machine of this network.
      guard bytes.count >= 20, bytes[0] >> 4 == 4, bytes[16..<19].elementsEqual([10, 77, 0]),
        case let to = Int(bytes[19]) - 1, devices.indices.contains(to)
      else { return }
      let faults: Faults? = state.withLock { state in
        let isLost =
          state.isCut.contains(machine) || state.isCut.contains(to)
          || Int.random(in: 0..<1000, using: &draw) < state.faults.lost
          || underWay.count >= Self.room
        if isLost { state.lost += 1 } else { state.carried += 1 }
        return isLost ? nil : state.faults
      }
      guard let faults else { return }
      let copies = Int.random(in: 0..<1000, using: &draw) < faults.repeated ? 2 : 1
      for _ in 0..<copies {
        let span = faults.delay.upperBound - faults.delay.lowerBound
        let delay = faults.delay.lowerBound + span * Double.random(in: 0...1, using: &draw)
        let packet = Packet(arrival: .now + delay, to: to, bytes: bytes)
        var place = underWay.count
        while place > 0, underWay[place - 1].arrival < packet.arrival { place -= 1 }
        underWay.insert(packet, at: place)
      }
    }
  }
#endif
