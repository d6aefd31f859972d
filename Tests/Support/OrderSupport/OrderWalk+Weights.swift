import TestSupport

extension OrderWalk {
  /// How often what happens, drawn for each walk anew, so that walks differ in kind (Groce et al., *Swarm Testing*, 2012).
  struct Weights: Sendable {
    var campaign: Int
    var loss: Int
    var restore: Int
    var restart: Int
    var cut: Int
    var change: Int
    var votesAtOnce: Int
    /// How often a message that was delivered stays on its way, to come again.
    var keeps: Int
    var late: Int
    /// How many of the replicas that may ask for an epoch do so.
    var candidates: Int
    var rounds: Int

    init(using random: inout SplitMix) {
      func one(of values: Int...) -> Int { values[random.number(below: values.count)] }
      campaign = one(of: 1, 3, 10, 30)
      loss = one(of: 0, 4, 15)
      restore = one(of: 0, 5, 20)
      restart = one(of: 0, 10, 30)
      cut = one(of: 0, 10, 30)
      change = one(of: 0, 5, 30)
      votesAtOnce = one(of: 40, 80, 100)
      keeps = one(of: 0, 30, 60)
      late = one(of: 20, 50, 80)
      candidates = one(of: 1, 2, 3, 9)
      rounds = one(of: 0, 5, 15)
    }
  }
}
