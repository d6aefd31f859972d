import Merganser
import MerganserSimulation
import MerganserTypes
import Testing

/// Programs of one database that know different schemas.
@Suite struct ProgramTests {
  private struct Diary: Schema {
    let entries = Table<String, GCounter>("entries")
  }

  /// What an earlier program keeps and hands on, though it does not know it.
  private struct DatedDiary: Schema {
    let entries = Table<String, GCounter>("entries")
    let dates = Table<String, LWWRegister<Int>>("dates")
  }

  /// A type of the program's own: no program knows it that does not have it.
  private struct Mood: Hashable, BinaryCodable {
    var name: String

    func encode(to encoder: inout BinaryEncoder) { name.encode(to: &encoder) }

    init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
      name = try String(from: &decoder)
    }
  }

  private struct MoodDiary: Schema {
    let entries = Table<String, GCounter>("entries")
    let moods = Table<String, LWWRegister<Mood>>("moods")
  }

  private func report(growingTo later: some Schema) throws -> SimulationReport {
    let diary = Diary()
    var simulation = try Simulation(of: diary, growingTo: [later]) {
      SimulatedTransaction("write") { tx, draw in
        try tx[diary.entries, draw.pick("mon", "tue")].increment()
      }
    }
    simulation.events = 120
    simulation.faults[.otherProgram] = 60
    return try simulation.run(seeds: 1...6)
  }

  /// An earlier program opens a store whose schema it can keep, and syncs with later ones.
  @Test func anEarlierProgramKeepsWhatItDoesNotKnow() throws {
    let counts = try report(growingTo: DatedDiary()).counts
    #expect(counts["starts of a program that is older than its store"] ?? 0 > 3, "\(counts)")
    #expect(counts["programs that a store was too new for"] == nil)
    #expect(counts["programs that knew too little for the latest schema"] == nil)
  }

  /// One that cannot keep it is refused by name, and the later program started.
  @Test func aStoreThatIsTooNewIsRefused() throws {
    let counts = try report(growingTo: MoodDiary()).counts
    #expect(counts["programs that a store was too new for"] ?? 0 > 1, "\(counts)")
    #expect(counts["programs that knew too little for the latest schema"] ?? 0 > 0)
  }
}
