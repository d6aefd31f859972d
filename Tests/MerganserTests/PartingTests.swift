import Merganser
import MerganserDatabase
import MerganserModel
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
    // What it holds came from a program that keeps no invariant.
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
    let report = try await sync(founder, with: peer)
    #expect(report.refused.count == 1)
    let parting = try #require(report.partings.first)
    #expect(parting.holder == relay.id && parting.refuser == founder.id)
    #expect(parting.reason == report.refused.first)
    #expect("\(parting)".contains("heal"))
    // What only waits parts nobody.
    peer.writes = { [Array($0.dropFirst())] }
    try await relay.write { try $0[notes.notes, "m"].set("more") }
    #expect(try await sync(founder, with: peer).partings.isEmpty)
  }

  /// What is refused now and may be taken later parts nobody.
  @Test func whatMayBeTakenLaterIsNoParting() async throws {
    let notes = Notes()
    let founder = try Replica(notes, options: ReplicaOptions(wall: Wall().time))
    let ahead = try Replica(
      notes, joining: founder.id, options: ReplicaOptions(wall: Wall(ahead: Wall.year).time))
    try await ahead.write { try $0[notes.notes, "n"].set("later") }
    let report = try await founder.sync(with: ahead)
    guard case .fromTheFuture? = report.refused.first else {
      Issue.record("\(report.refused)")
      return
    }
    #expect(report.partings.isEmpty)
  }

  /// Of more refusals than a report lists it has the number, over all that came.
  @Test func refusalsAndPartingsAreListedUpToALimit() async throws {
    let notes = Notes()
    let founder = try Replica(notes)
    let relay = try Replica(notes, joining: founder.id)
    for number in 0..<3 { try await relay.write { try $0[notes.notes, "\(number)"].set("short") } }
    var peer = LyingPeer(honest: relay)
    peer.writes = { versions in
      let lies = try versions.map { version in
        var payload = version.payload
        payload.removeLast()
        return try StoredVersion(origin: version.origin, payload: payload)
      }
      // Each batch is less than the limit. What is of a batch before is not sent again.
      return lies.map { Array(repeating: $0, count: 700) }
    }
    let report = try await sync(founder, with: peer)
    #expect(report.refused.count == SyncReport.limit)
    #expect(report.furtherRefusals == 2100 - SyncReport.limit)
    #expect(report.partings.count <= SyncReport.limit && !report.partings.isEmpty)
  }
}
