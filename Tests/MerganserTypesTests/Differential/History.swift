import MerganserTypes

/// One step of a history.
///
/// Numbers are taken modulo what there is, so that every part of a history is
/// a history.
enum Step {
  /// A replica inserts consecutive elements.
  case insert(replica: Int, first: Int, count: Int)
  /// A replica removes consecutive elements.
  case remove(replica: Int, first: Int, count: Int)
  /// A replica leaves out some sequence numbers, as if versions of it were still to come.
  case skip(replica: Int, by: UInt64)
  /// A replica writes as a new identity from now on.
  case rename(replica: Int)
  /// A replica takes in another one's state.
  case merge(into: Int, from: Int)
  /// A replica takes in what another one has and it lacks.
  case delta(into: Int, from: Int)
  /// A replica takes in one of the mutations made so far, however old.
  case deliver(into: Int, mutation: Int)
  /// A replica goes through its bytes.
  case code(replica: Int)
  /// A replica becomes a copy of another, which stays as it is.
  case copy(into: Int, from: Int)
}

/// What the steps of a history draw from.
struct Scale {
  var replicas: Int
  var elements: Int
  var batch: Int
  var skip: UInt64

  /// Few elements that collide, many dots side by side, gaps everywhere, many replicas.
  static let all = [
    Scale(replicas: 3, elements: 6, batch: 2, skip: 3),
    Scale(replicas: 3, elements: 120, batch: 20, skip: 40),
    Scale(replicas: 4, elements: 60, batch: 3, skip: 1 << 40),
    Scale(replicas: 20, elements: 40, batch: 5, skip: 100),
    Scale(replicas: 2, elements: 300, batch: 30, skip: 2),
  ]
}

struct History {
  let scale: Scale
  var steps: [Step]

  init(scale: Scale, length: Int, using generator: inout some RandomNumberGenerator) {
    self.scale = scale
    steps = []
    for _ in 0..<length {
      let replica = Int.random(in: 0..<scale.replicas, using: &generator)
      let other = Int.random(in: 0..<scale.replicas, using: &generator)
      let element = Int.random(in: 0..<scale.elements, using: &generator)
      let count = Int.random(in: 1...scale.batch, using: &generator)
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<40: steps.append(.insert(replica: replica, first: element, count: count))
      case 40..<62: steps.append(.remove(replica: replica, first: element, count: count))
      case 62..<65:
        let by = UInt64.random(in: 1...scale.skip, using: &generator)
        steps.append(.skip(replica: replica, by: by))
      case 65..<66: steps.append(.rename(replica: replica))
      case 66..<76: steps.append(.merge(into: replica, from: other))
      case 76..<84: steps.append(.delta(into: replica, from: other))
      case 84..<95:
        let mutation = Int.random(in: 0..<1 << 20, using: &generator)
        steps.append(.deliver(into: replica, mutation: mutation))
      case 95..<98: steps.append(.code(replica: replica))
      default: steps.append(.copy(into: replica, from: other))
      }
    }
  }

  /// A history that still fails, from which nothing can be left out.
  func shrunk(failing fails: (History) -> Bool) -> History {
    var best = self
    var chunk = max(1, steps.count / 2)
    while chunk >= 1 {
      var start = 0
      var progressed = false
      while start < best.steps.count {
        var candidate = best
        candidate.steps.removeSubrange(start..<min(start + chunk, best.steps.count))
        if fails(candidate) {
          best = candidate
          progressed = true
        } else {
          start += chunk
        }
      }
      if chunk == 1 { if progressed { continue } else { break } }
      chunk /= 2
    }
    return best
  }
}
