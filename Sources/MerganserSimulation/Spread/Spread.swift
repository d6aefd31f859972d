import Merganser
import MerganserDatabase
import MerganserTypes

/// How a change comes to all replicas of a cluster that sync at random.
///
/// Demers et al., *Epidemic Algorithms for Replicated Database Maintenance* (1987): in each round every replica syncs with one
/// that it draws, both ways.
package struct Spread: Sendable {
  /// What happened in one round.
  package struct Round: Sendable {
    /// How many replicas hold all that was written, at its end.
    package let informed: Int
    /// How many syncs there were.
    package let syncs: Int
    /// How many pieces of bytes were sent, and how many bytes.
    package let messages: Int
    package let bytes: Int
  }

  /// How many replicas there are.
  package let replicas: Int
  /// The rounds in which what each replica wrote came to all.
  package let gathering: [Round]
  /// The rounds in which one more version, of one replica, came to all.
  package let spreading: [Round]
}

extension Simulation {
  /// Has replicas sync at random until all are equal: first with a version by each, and then with one more by one.
  ///
  /// - Parameters:
  ///   - replicas: how many there are.
  ///   - seed: what the draws follow from.
  ///   - transaction: the number of the transaction that writes.
  /// - Returns: what each round took.
  /// - Throws: what does not hold.
  package func spread(
    among replicas: Int, seed: UInt64, writing transaction: Int
  ) throws -> Spread {
    let recorder = Recorder()
    let cluster = try Cluster(
      settingOfSpread(among: replicas), seed: seed, recorder: recorder)
    var draw = Draw(seed: seed)
    for site in cluster.sites { try cluster.write(transaction, at: site, drawing: draw.next()) }
    let gathering = try cluster.syncAtRandom(by: &draw)
    try cluster.write(
      transaction, at: cluster.sites[draw.number(below: replicas)], drawing: draw.next())
    return Spread(
      replicas: replicas, gathering: gathering, spreading: try cluster.syncAtRandom(by: &draw))
  }
}

extension Cluster {
  fileprivate func write(_ transaction: Int, at site: Site, drawing seed: UInt64) throws {
    try carryOut(
      SimulatedEvent(.write, site: site.number, other: transaction, amount: seed >> 40))
    try settle(site)
  }

  /// Makes rounds until all replicas hold the same.
  fileprivate func syncAtRandom(by draw: inout Draw) throws -> [Spread.Round] {
    var all = VersionVector()
    for site in sites { if let replica = site.replica { all.merge(replica.snapshot.vector) } }
    var rounds: [Spread.Round] = []
    repeat {
      let before = recorder?.record.messages.count ?? 0
      var syncs = 0
      for site in sites.shuffled(using: &draw) {
        let other = draw.number(below: sites.count - 1)
        recorder?.goOn()
        try carryOut(
          SimulatedEvent(
            .sync, site: site.number, other: other < site.number ? other : other + 1))
        syncs += 1
      }
      let messages = recorder?.record.messages[before...] ?? []
      rounds.append(
        Spread.Round(
          informed: sites.count { $0.replica?.snapshot.vector == all }, syncs: syncs,
          messages: messages.reduce(0) { $0 + $1.pieces },
          bytes: messages.reduce(0) { $0 + $1.bytes }))
    } while rounds.last?.informed != sites.count
    return rounds
  }
}
