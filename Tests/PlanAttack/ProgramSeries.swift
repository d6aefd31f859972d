import RandomPrograms
import Synchronization

/// Random programs in the order of their seeds, each handed out once; those whose start breaks their own conditions
/// are none.
final class ProgramSeries: Sendable {
  private struct Place {
    var seed: UInt64
    var left: Int
  }

  private let place: Mutex<Place>

  init(from seed: UInt64, count: Int) { place = Mutex(Place(seed: seed, left: count)) }

  func next() throws -> RandomProgram? {
    try place.withLock { place in
      guard place.left > 0 else { return nil }
      while true {
        let program = try RandomProgram(seed: place.seed)
        place.seed += 1
        if (try? RandomWalk(program.workload, replicas: 2, seed: 1)) == nil { continue }
        place.left -= 1
        return program
      }
    }
  }
}
