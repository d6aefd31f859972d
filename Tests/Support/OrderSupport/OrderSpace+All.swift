import MerganserModel

extension OrderSpace {
  /// The small clusters that are searched, by what is told of them.
  package static let all: [(name: String, space: OrderSpace)] = {
    var five = OrderSpace()
    five.others = 3
    five.voters = OrderVoters(numbered: 0..<5)
    five.numbers = 1

    var oneEntry = OrderSpace()
    oneEntry.epochs = 1
    oneEntry.numbers = 1

    var stepByStep = OrderSpace()
    stepByStep.epochs = 2
    stepByStep.numbers = 1
    stepByStep.votesAtOnce = false

    var changes = OrderSpace()
    changes.others = 2
    changes.changes = [nil, OrderVoters(numbered: [1, 3]), OrderVoters(numbered: [0, 2, 3])]

    var dropping = OrderSpace()
    dropping.drops = true
    dropping.changes = [nil, OrderVoters(numbered: [1, 2])]

    return [
      ("three voters", OrderSpace()), ("five voters", five),
      ("three voters, one entry, an epoch of each candidate", oneEntry),
      ("three voters, each step alone", stepByStep), ("changes of voters", changes),
      ("rows that are dropped", dropping),
    ]
  }()
}
