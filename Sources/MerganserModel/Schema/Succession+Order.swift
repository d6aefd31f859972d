package import MerganserTypes

extension Succession {
  /// How often the order was ended.
  package func orderEnds(founder: ReplicaID) -> UInt64 {
    var ends: UInt64 = 0
    while cuts[OrderOrigin.identity(behind: ends, founder: founder)] != nil { ends += 1 }
    return ends
  }
}
