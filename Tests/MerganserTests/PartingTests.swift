import Merganser
import MerganserDatabase
import Testing

/// What one replica holds and another refuses for good is told by name.
@Suite struct PartingTests {
  private struct Notes: Schema {
    let notes = Table<String, LWWRegister<String>>("notes")
    var invariants: [any Invariant] {
      Check("a note is short", on: notes) { _, note in note.utf8.count < 10 }
    }
  }

  @Test func whatTheOtherNeverTakesIsAParting() async throws {
    let notes = Notes()
    let founder = try Replica(notes)
    let relay = try Replica(notes, joining: founder.id)
    try await relay.write { try $0[notes.notes, "n"].set("short") }
    var peer = LyingPeer(honest: relay)
    // What it holds came from a program that keeps no rule.
    peer.writes = { versions in
      [
        try versions.map { version in
          let text = Array("short".utf8)
          var payload = version.payload
          let place = try #require(payload.indices.first { payload[$0...].starts(with: text) })
          payload.replaceSubrange(place..<place + text.count, with: [0xFF, 0xFE, 0xFF, 0xFE, 0xFF])
          return try StoredVersion(origin: version.origin, payload: payload)
        }
      ]
    }
    let report = try await meet(founder, peer)
    #expect(report.refused.count == 1)
    let parting = try #require(report.partings.first)
    #expect(parting.holder == relay.id && parting.refuser == founder.id)
    #expect(parting.reason == report.refused.first)
    #expect("\(parting)".contains("heal"))
    // What only waits parts nobody.
    peer.writes = { [Array($0.dropFirst())] }
    try await relay.write { try $0[notes.notes, "m"].set("more") }
    #expect(try await meet(founder, peer).partings.isEmpty)
  }
}
