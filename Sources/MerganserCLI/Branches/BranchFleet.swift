#if Network
  import Foundation
  import Merganser
  import MerganserNetwork

  /// Branches in processes of their own, each with a key and a store, which reach each other by the network alone.
  final class BranchFleet: @unchecked Sendable {
    /// How the machine joins the processes.
    enum Road {
      /// Network namespaces, as if each were on a machine of its own.
      case namespaces
      /// The loopback, and why it is no other.
      case loopback(reason: String)
    }

    let directory: String
    let names: [String]
    let replicas: [ReplicaID]
    let road: Road
    private(set) var processes: [BranchProcess?]
    #if os(Linux)
      private let packets: PacketNetwork?
    #endif
    private let addresses: [String]
    private let rate: Int

    /// Makes stores and keys, and the network; no branch runs yet.
    ///
    /// - Parameters:
    ///   - names: what the branches are called; the first founds the database.
    ///   - directory: where their files are.
    ///   - rate: how many transfers each makes by itself a second.
    ///   - makesNamespaces: whether namespaces are tried.
    ///   - delay: how many milliseconds a packet is under way between two namespaces, at least and at most.
    ///   - lost: how many of a thousand packets are lost, and carried twice.
    ///   - limit: how much a machine sends at most, as `tc` reads it.
    /// - Throws: what making stores and keys throws.
    init(
      _ names: [String], in directory: String, transferring rate: Int = 0,
      makingNamespaces makesNamespaces: Bool, delayedBy delay: ClosedRange<Int> = 0...0,
      losing lost: (first: Int, twice: Int) = (0, 0), sending limit: String? = nil
    ) async throws {
      self.directory = directory
      self.names = names
      self.rate = rate
      let (replicas, founder) = try await Self.makeStores(names, in: directory)
      self.replicas = replicas
      let authority = try DatabaseAuthority(of: founder)
      for (name, replica) in zip(names, replicas) {
        try authority.identity(of: replica).save(to: "\(directory)/\(name).pem")
      }
      processes = names.map { _ in nil }
      #if os(Linux)
        var reason = "namespaces were not asked for"
        var packets: PacketNetwork?
        if makesNamespaces {
          var faults = PacketNetwork.Faults()
          faults.delay = .milliseconds(delay.lowerBound) ... .milliseconds(delay.upperBound)
          (faults.lost, faults.repeated) = lost
          do {
            packets = try PacketNetwork(of: names.count, faults: faults, rate: limit)
          } catch { reason = "\((error as? Failure)?.line ?? "\(error)")" }
        }
        self.packets = packets
        road = packets == nil ? .loopback(reason: reason) : .namespaces
        addresses =
          packets == nil
          ? try Self.freePorts(names.count).map { "tcp://127.0.0.1:\($0)" }
          : names.indices.map { "tcp://\(PacketNetwork.address(of: $0)):7400" }
      #else
        road = .loopback(reason: "this system has no network namespaces")
        addresses = try Self.freePorts(names.count).map { "tcp://127.0.0.1:\($0)" }
      #endif
    }

    private static func makeStores(
      _ names: [String], in directory: String
    ) async throws -> (replicas: [ReplicaID], founder: ReplicaID) {
      var replicas: [ReplicaID] = []
      for name in names {
        let replica = try await Replica.open(
          DemoBank(), at: "\(directory)/\(name)", joining: replicas.first)
        replicas.append(replica.id)
        try await replica.close()
      }
      return (replicas, replicas[0])
    }

    /// Ports at which nobody listens now.
    private static func freePorts(_ count: Int) throws -> [Int] {
      var sockets: [CInt] = []
      defer { for socket in sockets { close(socket) } }
      return try (0..<count).map { _ in
        #if os(Linux)
          let file = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
          let file = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        sockets.append(file)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(file, $0, size) == 0 && getsockname(file, $0, &size) == 0
          }
        }
        guard isBound else { throw FileError.system(path: "127.0.0.1", code: errno) }
        return Int(UInt16(bigEndian: address.sin_port))
      }
    }

    // Processes.

    /// A branch that runs.
    func branch(_ place: Int) throws -> BranchProcess {
      guard let process = processes[place] else { throw Failure("\(names[place]) does not run") }
      return process
    }

    /// The file to which a branch adds the numbers of its transfers.
    func log(of place: Int) -> String { "\(directory)/\(names[place]).log" }

    /// Starts a branch's process.
    func start(_ place: Int) async throws {
      // One of two connects to the other.
      var arguments = [
        "--place", "\(place)", "--founder", "\(replicas[0])", "--listen", addresses[place],
        "--identity", "\(directory)/\(names[place]).pem", "--log", log(of: place),
      ]
      for other in addresses[..<place] { arguments += ["--peer", other] }
      if rate > 0 { arguments += ["--rate", "\(rate)"] }
      arguments += ["--", "\(directory)/\(names[place])"]
      #if os(Linux)
        let namespace = packets?.namespaces[place]
      #else
        let namespace: String? = nil
      #endif
      processes[place] = try await BranchProcess(
        names[place], in: namespace, arguments: arguments)
    }

    /// Kills a branch's process, and returns what it had said by then.
    @discardableResult
    func kill(_ place: Int) async throws -> [BranchAnswer] {
      defer { processes[place] = nil }
      return try await branch(place).kill()
    }

    /// Cuts branches off from all others, and no others.
    func cut(_ places: Set<Int>) async throws {
      #if os(Linux)
        if let packets { return packets.cut(places) }
      #endif
      for (place, process) in processes.enumerated() {
        try await process?.ask(places.contains(place) ? .cut : .heal)
      }
    }

    /// Waits until something is so of what all branches say, and looks ten times a second.
    ///
    /// - Returns: how long it took; `nil` if it is not so within the limit.
    func wait(
      _ limit: Duration, until isSo: ([BranchState]) -> Bool
    ) async throws -> Duration? {
      let start = ContinuousClock.now
      while ContinuousClock.now - start < limit {
        var states: [BranchState] = []
        for process in processes { if let process { states.append(try await process.state) } }
        if isSo(states) { return ContinuousClock.now - start }
        try await Task.sleep(for: .milliseconds(100))
      }
      return nil
    }

    /// How the branches are, in short.
    var summary: String {
      get async throws {
        var parts: [String] = []
        for process in processes {
          guard let process else { continue }
          let state = try await process.state
          let faults = state.faults.isEmpty ? "" : " (\(state.faults.joined(separator: "; ")))"
          parts.append("\(process.name) \(state.digest), \(state.linked) links\(faults)")
        }
        return parts.joined(separator: ", ")
      }
    }

    /// How many packets were carried, and lost; `nil` on the loopback.
    var packetCounts: (carried: Int, lost: Int)? {
      #if os(Linux)
        packets?.counts
      #else
        nil
      #endif
    }

    /// Ends all branches in order, and the network.
    func end() async throws {
      for place in processes.indices {
        try await processes[place]?.end()
        processes[place] = nil
      }
      endNetwork()
    }

    /// Ends the network.
    func endNetwork() {
      #if os(Linux)
        packets?.end()
      #endif
    }
  }
#endif
