import MerganserTypes
import TestSupport
import XCTest

/// Buffers bring every peer all that it lacks, whatever is lost on the way, and hold no more than their
/// limit.
final class DeltaBufferTests: XCTestCase {
  typealias Map = ORMap<Int, ORSet<Int>>

  private struct Node {
    var map = Map()
    var buffer: DeltaBuffer<Map>
  }

  /// A message under way, with what it carries.
  private struct Letter {
    var from: Int
    var to: Int
    var state: Map
    var number: UInt64
  }

  /// Some replicas in a network that loses, repeats and reorders.
  private struct Network {
    let replicas: [ReplicaID]
    var nodes: [Node]
    var letters: [Letter] = []
    var random: SplitMix
    var wholes = 0

    init(count: Int, limit: Int, seed: UInt64, inStep: Bool) {
      replicas = (1...count).map { ReplicaID(high: 0, low: UInt64($0)) }
      random = SplitMix(seed: seed)
      nodes = replicas.map { _ in Node(buffer: DeltaBuffer(limit: limit)) }
      for one in 0..<count {
        for other in 0..<count where other != one {
          nodes[one].buffer.add(replicas[other], isInStep: inStep)
        }
      }
    }

    mutating func pick(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    mutating func mutate(_ place: Int) {
      let (key, element) = (pick(5), pick(8))
      let delta =
        switch pick(4) {
        case 0: nodes[place].map.remove(key, as: replicas[place])
        case 1:
          nodes[place].map.update(key, as: replicas[place]) { $0.remove(element, as: &$1) }
        default: nodes[place].map.update(key, as: replicas[place]) { $0.insert(element, as: &$1) }
        }
      nodes[place].buffer.record(delta)
    }

    mutating func send(from: Int, to: Int) {
      switch nodes[from].buffer.message(for: replicas[to]) {
      case .delta(let delta, let number):
        letters.append(Letter(from: from, to: to, state: delta, number: number))
      case .everything(let number):
        wholes += 1
        letters.append(Letter(from: from, to: to, state: nodes[from].map, number: number))
      case nil: break
      }
    }

    mutating func deliver(_ place: Int, keeping: Bool, acknowledging: Bool) {
      let letter = letters[place]
      if !keeping { letters.remove(at: place) }
      if nodes[letter.to].map.merge(letter.state) {
        nodes[letter.to].buffer.record(letter.state, from: replicas[letter.from])
      }
      if acknowledging {
        nodes[letter.from].buffer.acknowledge(letter.number, by: replicas[letter.to])
      }
    }

    /// Lets everything arrive until nobody has anything to send.
    mutating func settle() -> Bool {
      for _ in 0..<20 {
        for from in nodes.indices {
          for to in nodes.indices where to != from { send(from: from, to: to) }
        }
        if letters.isEmpty { return true }
        while !letters.isEmpty { deliver(0, keeping: false, acknowledging: true) }
      }
      return false
    }
  }

  private func play(limit: Int, inStep: Bool) -> Int {
    var wholes = 0
    for seed in UInt64(1)...30 {
      var network = Network(count: 3, limit: limit, seed: seed, inStep: inStep)
      for _ in 0..<200 {
        switch network.pick(10) {
        case 0..<5: network.mutate(network.pick(3))
        case 5..<8:
          let from = network.pick(3)
          network.send(from: from, to: (from + 1 + network.pick(2)) % 3)
        default:
          if network.letters.isEmpty { continue }
          let place = network.pick(network.letters.count)
          if network.pick(4) == 0 {
            network.letters.remove(at: place)
          } else {
            network.deliver(
              place, keeping: network.pick(3) == 0, acknowledging: network.pick(4) > 0)
          }
        }
        for node in network.nodes { XCTAssertLessThanOrEqual(node.buffer.size, limit) }
      }
      XCTAssertTrue(network.settle(), "seed \(seed)")
      let all = network.nodes.reduce(into: Map()) { $0.merge($1.map) }
      for node in network.nodes {
        XCTAssertEqual(node.map, all, "seed \(seed)")
        XCTAssertEqual(node.buffer.size, 0, "seed \(seed)")
      }
      wholes += network.wholes
    }
    return wholes
  }

  func testPeersGetAllWhateverIsLost() {
    // Nobody ever needs a whole value, for as long as the limit holds all.
    XCTAssertEqual(play(limit: 1 << 20, inStep: true), 0)
    XCTAssertGreaterThan(play(limit: 1 << 20, inStep: false), 0)
    XCTAssertGreaterThan(play(limit: 400, inStep: true), 0)
    XCTAssertGreaterThan(play(limit: 0, inStep: true), 0)
  }

  func testAChangeCostsWhatItIsWhateverWasRemoved() throws {
    let (a, b) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
    var map = ORMap<String, MVRegister<UInt64>>()
    for number in UInt64(0)..<2000 { map.update("key \(number)", as: a) { $0.set(7, as: &$1) } }
    for number in 0..<1000 { map.remove("key \(number * 2)", as: a) }
    var (other, buffer) = (map, DeltaBuffer<ORMap<String, MVRegister<UInt64>>>())
    buffer.add(b, isInStep: true)
    buffer.record(map.update("key 1001", as: a) { $0.set(8, as: &$1) })
    guard case .delta(let delta, let number) = buffer.message(for: b) else {
      return XCTFail("expected a delta")
    }
    XCTAssertLessThanOrEqual(delta.binaryEncoded().count, 60)
    other.merge(delta)
    XCTAssertEqual(other, map)
    buffer.acknowledge(number, by: b)
    XCTAssertNil(buffer.message(for: b))
    // One key written over and over is one key.
    for value in UInt64(0)..<1000 {
      buffer.record(map.update("key 1", as: a) { $0.set(value, as: &$1) })
    }
    guard case .delta(let last, _) = buffer.message(for: b) else {
      return XCTFail("expected a delta")
    }
    XCTAssertLessThanOrEqual(last.binaryEncoded().count, 60)
    XCTAssertEqual(other.merging(last), map)
  }

  /// What was recorded while a whole value was on its way is not forgotten when another peer is in step.
  func testWhatComesWhileAWholeValueIsUnderWay() {
    let peers = (1...3).map { ReplicaID(high: 0, low: $0) }
    var (set, buffer) = (ORSet<Int>(), DeltaBuffer<ORSet<Int>>())
    set.insert(1, as: peers[0])
    buffer.add(peers[1])
    buffer.add(peers[2], isInStep: true)
    var (second, third) = (ORSet<Int>(), set)
    XCTAssertEqual(buffer.message(for: peers[1]), .everything(number: 0))
    let whole = set
    buffer.record(set.insert(2, as: peers[0]))
    if case .delta(let delta, let number) = buffer.message(for: peers[2]) {
      third.merge(delta)
      buffer.acknowledge(number, by: peers[2])
    }
    XCTAssertEqual(third, set)
    second.merge(whole)
    buffer.acknowledge(0, by: peers[1])
    if case .delta(let delta, _) = buffer.message(for: peers[1]) { second.merge(delta) }
    XCTAssertEqual(second, set)
    buffer.remove(peers[1])
    XCTAssertEqual(Array(buffer.peers), [peers[2]])
    XCTAssertEqual(buffer.size, 0)
    XCTAssertNil(buffer.message(for: peers[1]))
    buffer.acknowledge(9, by: peers[2])
    buffer.record(set.insert(3, as: peers[0]))
    XCTAssertNotNil(buffer.message(for: peers[2]))
  }
}
