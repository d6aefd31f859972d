import Foundation
import MerganserTypes
import XCTest

/// Whatever the bytes, decoding gives a value or an error, and the value can be worked with.
final class HostileBytesTests: XCTestCase {
  let replicas = (1...3).map { ReplicaID(high: 0, low: $0) }

  /// Dots with and without gaps, few and many, up to the greatest that is accepted.
  var contexts: [CausalContext] {
    let far = Dot.maximumSequence
    return [
      CausalContext(), CausalContext((1...40).map { Dot(replicas[0], sequence: $0) }),
      CausalContext((1...60).map { Dot(replicas[Int($0 % 3)], sequence: $0 * $0) }),
      CausalContext([
        Dot(replicas[0], sequence: 1), Dot(replicas[1], sequence: far),
        Dot(replicas[2], sequence: far - 1),
      ]),
    ]
  }

  func testContextsAndVectors() {
    let others = contexts
    assault(contexts) { read in
      for other in others {
        var merged = read
        merged.merge(other)
        XCTAssertTrue(read.isCovered(by: merged))
        _ = read.subtracting(other)
        XCTAssertTrue(read.intersection(other).isCovered(by: read))
      }
      var written = read
      for replica in self.replicas {
        written.insert(Dot(replica, sequence: written.maximum(of: replica) + 1))
      }
      XCTAssertNotEqual(written, read)
    }
    assault(contexts.map(\.vector)) { read in
      for other in others {
        var merged = read
        merged.merge(other.vector)
        XCTAssertTrue(other.vector.isCovered(by: merged))
      }
    }
  }

  func testDotSetsAndFunctions() {
    let sets = contexts.map { context -> DotSet in
      var dots: [Dot] = []
      context.forEachRun { replica, run in dots += run.prefix(70).map { Dot(replica, sequence: $0) }
      }
      return DotSet(dots)
    }
    assault(sets) { read in
      for other in sets {
        var merged = read
        merged.merge(other, seen: read.dots, otherSeen: other.dots)
        merged.merge(other, seen: CausalContext(), otherSeen: other.dots)
        _ = read.delta(under: read.dots, since: other.dots)
      }
    }
    let functions = sets.map { set -> DotFunction<Written<String>> in
      var function = DotFunction<Written<String>>()
      set.forEachDot { function[$0] = Written("\($0.sequence)") }
      return function
    }
    assault(functions) { read in
      for other in functions {
        var merged = read
        merged.merge(other, seen: read.dots, otherSeen: other.dots)
        for (dot, _) in read.sortedEntries { merged[dot] = nil }
      }
    }
  }

  /// Sets under contexts without and with gaps, and of more dots than a list takes.
  var sets: [ORSet<UInt64>] {
    var (few, many) = (ORSet<UInt64>(), ORSet<UInt64>())
    for number in UInt64(1)...5 { few.insert(number, as: replicas[Int(number % 3)]) }
    for number in UInt64(1)...300 { many.insert(number % 250, as: replicas[Int(number % 3)]) }
    let known = many.context
    for number in UInt64(1)...40 { many.remove(number * 5, as: replicas[0]) }
    for number in UInt64(1)...20 { many.insert(number * 1000, as: replicas[1]) }
    return [few, many, many.delta(since: known)]
  }

  func testSets() {
    let others = sets
    assault(sets) { read in
      for other in others {
        var merged = read
        merged.merge(other)
        XCTAssertFalse(merged.merge(other))
        XCTAssertEqual(Array(merged).count, merged.count)
        for replica in self.replicas { merged.insert(7, as: replica) }
        XCTAssertFalse(merged.remove(7, as: self.replicas[0]).isBottom)
        XCTAssertFalse(merged.contains(7))
        XCTAssertEqual(read.merging(merged.delta(since: read.context)), read.merging(merged))
        _ = other.delta(since: read)
        _ = read.delta(since: other)
      }
      var rest = read
      for element in read { rest.remove(element, as: self.replicas[0]) }
      XCTAssertTrue(rest.isEmpty)
    }
  }

  /// A row's store has no context of its own: its dots can be ones that the database has yet to write.
  func testStoresWhoseDotsAreWrittenAgain() {
    let others = sets.map(\.causal)
    assault(sets.map(\.causal.store)) { read in
      var (written, author) = (read, Author(self.replicas[0], nextSequence: 1))
      for number in UInt64(0)..<120 { _ = written.insert(number, as: &author) }
      for number in UInt64(0)..<120 { XCTAssertTrue(written.contains(number)) }
      XCTAssertEqual(Array(written).count, written.count)
      for other in others {
        var merged = written
        merged.merge(other.store, seen: CausalContext(), otherSeen: other.context)
        XCTAssertEqual(Array(merged).count, merged.count)
      }
      var remover = Author(ReplicaID(high: 7, low: 7), nextSequence: 1)
      for number in UInt64(0)..<120 { _ = written.remove(number, as: &remover) }
      XCTAssertEqual(Array(written).count, written.count)
    }
  }

  func testMaps() {
    var (map, nested) = (ORMap<String, ORSet<UInt64>>(), ORMap<UInt64, MVRegister<String>>())
    for number in UInt64(1)...40 {
      map.update("key \(number % 7)", as: replicas[Int(number % 3)]) { $0.insert(number, as: &$1) }
      nested.update(number % 11, as: replicas[0]) { $0.set("\(number)", as: &$1) }
    }
    map.remove("key 3", as: replicas[0])
    let (one, other) = (map, nested)
    assault([map]) { read in
      var merged = read
      merged.merge(one)
      XCTAssertFalse(merged.merge(one))
      for replica in self.replicas { merged.update("x", as: replica) { $0.insert(1, as: &$1) } }
      for key in Array(merged.keys) { merged.remove(key, as: self.replicas[0]) }
      XCTAssertEqual(merged.count, 0)
      _ = one.merging(read.delta(since: one.context))
    }
    assault([nested]) { read in
      var merged = other
      merged.merge(read)
      for key in Array(merged.keys) {
        merged.update(key, as: self.replicas[1]) { $0.set("", as: &$1) }
      }
      _ = read.delta(since: other.context)
    }
  }

  /// A few bytes name 2⁶³ dead dots; what a peer is sent for them takes no longer than the bytes.
  func testADeltaNamesDeadDotsByRuns() throws {
    let seen = CausalContext([Dot(replicas[0], sequence: Dot.maximumSequence / 2)]).binaryEncoded()
    let context = try CausalContext(binaryEncoded: seen)
    var all = Causal<DotMap<String, DotSet>>()
    all.context.merge(context)
    var vector = VersionVector()
    vector[replicas[1]] = Dot.maximumSequence / 2
    all.context.merge(CausalContext(vector))
    XCTAssertEqual(all.delta(since: Causal()).context, all.context)
  }

  /// One value has one byte string: a table of replicas names each once, in the order of their use.
  func testTablesOfReplicasThatNoEncoderWrites() throws {
    let dots = DotSet([Dot(replicas[0], sequence: 1), Dot(replicas[1], sequence: 1)])
    func bytes(_ table: [ReplicaID], body: [UInt8]) -> [UInt8] {
      var encoder = BinaryEncoder()
      encoder.encode(byte: 1)
      encoder.encode(replicaTable: table)
      encoder.encode(raw: body)
      return encoder.bytes
    }
    let (a, b, c) = (replicas[0], replicas[1], replicas[2])
    XCTAssertEqual(dots.binaryEncoded(), bytes([a, b], body: [2, 0, 1, 1, 1]))
    XCTAssertNoThrow(try DotSet(binaryEncoded: bytes([a, b], body: [2, 0, 1, 1, 1])))
    for (table, body) in [
      ([a, b, c], [2, 0, 1, 1, 1]), ([b, a], [2, 1, 1, 0, 1]), ([a, a], [2, 0, 1, 1, 1]),
      ([a, b, a], [2, 0, 1, 1, 1]), ([a], [0]), ([b, a], [3, 1, 1, 0, 1, 1, 2]),
    ] as [([ReplicaID], [UInt8])] {
      XCTAssertThrowsError(try DotSet(binaryEncoded: bytes(table, body: body)), "\(table) \(body)")
    }
  }

  /// A dot names one write, under one key.
  func testMapsThatHaveADotUnderTwoKeys() throws {
    var (one, other) = (DotMap<UInt64, DotSet>(), DotMap<UInt64, DotSet>())
    one[1] = DotSet([Dot(replicas[0], sequence: 5)])
    other[2] = DotSet([Dot(replicas[0], sequence: 5)])
    XCTAssertEqual(try DotMap<UInt64, DotSet>(binaryEncoded: one.binaryEncoded()), one)
    // A count, the keys, and under each a count and a dot.
    let body = one.binaryEncoded().dropFirst(19) + other.binaryEncoded().dropFirst(19)
    let twice = one.binaryEncoded().prefix(18) + [2] + body
    XCTAssertThrowsError(try DotMap<UInt64, DotSet>(binaryEncoded: Array(twice)))
    let json = try [one, other].map { try JSONEncoder().encode($0) }
    let both = Data(json[0].dropLast() + Data(",".utf8) + json[1].dropFirst())
    XCTAssertThrowsError(try JSONDecoder().decode(DotMap<UInt64, DotSet>.self, from: both))
  }

  func testJSONWithDotsThatNoReplicaWrites() throws {
    let digits = replicas[0].description
    for sequence in ["0", "\(UInt64.max)"] {
      let json = "[{\"replica\":\"\(digits)\",\"sequence\":\(sequence)}]"
      XCTAssertThrowsError(try JSONDecoder().decode(DotSet.self, from: Data(json.utf8)))
    }
    XCTAssertTrue(DotSet([Dot(replicas[0], sequence: 0)]).dots.isBottom)
  }
}
