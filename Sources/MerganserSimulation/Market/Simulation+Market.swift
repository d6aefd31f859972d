package import Merganser

extension Simulation {
  /// The simulation of the ``Market`` and what it grew to.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if these schemas could not be used.
  package static func market() throws(SchemaError) -> Simulation {
    let market = Market()
    let later = LaterMarket()
    return try Simulation(of: market, growingTo: [later]) {
      SimulatedTransaction("deposit", weight: 4) { tx, draw in
        try tx[market.accounts, draw.account()].increment(by: draw.number(in: 1...50))
      }
      SimulatedTransaction("withdraw", weight: 5) { tx, draw in
        try tx[market.accounts, draw.account()].decrement(by: draw.number(in: 1...50))
      }
      SimulatedTransaction("give rights", weight: 3) { tx, draw in
        let account = try tx[market.accounts, draw.account()]
        try account.transfer(
          draw.number(in: 1...30), of: .decrement, to: draw.member(or: tx.replica))
      }
      SimulatedTransaction("move money", weight: 3) { tx, draw in
        let amount = draw.number(in: 1...20)
        try tx[market.accounts, draw.account()].decrement(by: amount)
        try tx[market.accounts, draw.account()].increment(by: amount)
      }
      SimulatedTransaction("pay", weight: 6, isRequest: true) { tx, draw in
        let account = try tx[market.accounts, draw.account()]
        try account.increment(by: draw.number(in: 5...9))
        try account.decrement(by: draw.number(in: 1...5))
      }
      SimulatedTransaction("order", weight: 3, isRequest: true) { tx, draw in
        try tx[market.baskets, draw.basket()].insert(draw.item())
      }
      SimulatedTransaction("name an owner", weight: 5) { tx, draw in
        let account = draw.account()
        if try !tx[market.accounts, account].exists { try tx[market.accounts, account].create() }
        try tx[market.owners, account].set(draw.pick("Ann", "Bo", "Cy"))
      }
      SimulatedTransaction("close an account", weight: 3) { tx, draw in
        try tx[market.accounts, draw.account()].delete()
      }
      SimulatedTransaction("renew an account", weight: 3) { tx, draw in
        let name = draw.account()
        let account = try tx[market.accounts, name]
        if try account.exists { try account.delete() }
        try account.create()
        try tx[market.owners, name].set(draw.pick("Ann", "Bo", "Cy"))
      }
      SimulatedTransaction("put into a basket", weight: 4) { tx, draw in
        try tx[market.baskets, draw.basket()].insert(draw.item())
      }
      SimulatedTransaction("take out of a basket", weight: 4) { tx, draw in
        try tx[market.baskets, draw.basket()].remove(draw.item())
      }
      SimulatedTransaction("empty a basket", weight: 3) { tx, draw in
        try tx[market.baskets, draw.basket()].delete()
      }
      SimulatedTransaction("ban", weight: 2) { tx, draw in
        let bans = try tx[market.bans, "market"]
        if draw.happens(0.5) { try bans.insert(draw.item()) } else { try bans.remove(draw.item()) }
      }
      SimulatedTransaction("price", weight: 2) { tx, draw in
        try tx[market.prices, draw.item()].set(Int(draw.number(in: -2...30)))
      }
      SimulatedTransaction("visit", weight: 2) { tx, draw in
        try tx[market.visits, draw.pick("mon", "tue")].increment(by: draw.number(in: 1...3))
      }
      SimulatedTransaction("set up stalls", weight: 2) { tx, draw in
        let stalls = try tx[market.stalls, draw.street()]
        if try !stalls.exists {
          try stalls.create()
        } else if draw.happens(0.2) {
          try stalls.delete()
        }
      }
      SimulatedTransaction("rent a stall", weight: 4) { tx, draw in
        let stalls = try tx[market.stalls, draw.street()]
        switch draw.number(in: 0...3) {
        case 0, 1: try stalls.increment(by: draw.number(in: 1...5))
        case 2: try stalls.decrement(by: draw.number(in: 1...5))
        default:
          let direction = draw.pick(EscrowCounter.Direction.increment, .decrement)
          try stalls.transfer(
            draw.number(in: 1...5), of: direction, to: draw.member(or: tx.replica))
        }
      }
      SimulatedTransaction("review", weight: 5, since: 1) { tx, draw in
        let basket = draw.basket()
        if draw.happens(0.3) { try tx[later.baskets, basket].insert(draw.item()) }
        let review = Path(basket, child: Int(draw.number(in: 0...2)))
        try tx[later.reviews, review].set(draw.pick("good", "bad", "far too long for a review"))
      }
      SimulatedTransaction("receipt", weight: 2, since: 1) { tx, draw in
        let number = Int(draw.number(in: 0...9))
        try tx[later.receipts, Path(tx.replica, child: number)].set(number)
      }
    }
  }
}

extension Draw {
  fileprivate mutating func account() -> String { pick("a", "b", "c", "d") }

  fileprivate mutating func basket() -> String { pick("x", "y", "z") }

  fileprivate mutating func street() -> String { pick("north", "south") }

  fileprivate mutating func item() -> String { "item \(number(in: 0...5))" }

  /// A replica of the cluster.
  fileprivate mutating func member(or replica: ReplicaID) -> ReplicaID {
    members.isEmpty ? replica : members[number(below: members.count)]
  }
}
