package import MerganserTypes

/// The range that the counters of a table never leave.
@usableFromInline
package struct EscrowLimits: Sendable {
  package let lower: Int64?
  package let upper: Int64?
}

/// The incarnations of an escrow counter's row, under the bounds of its table.
///
/// Each incarnation is a counter of its own, with rights of its own. Rights are minted once: an
/// incarnation begins with those that the bounds give exactly if the founder created it. The founder
/// creates one only where it sees none of its own, so that at most one of them lives in any state that a
/// replica can be in, and the sum of the incarnations stays within the bounds.
package struct EscrowView {
  package let incarnations: [Row<EscrowCounter>.Incarnation]
  package let limits: EscrowLimits?
  package let founder: ReplicaID
  package let succession: Succession

  package init(
    _ incarnations: [Row<EscrowCounter>.Incarnation], limits: EscrowLimits?, founder: ReplicaID,
    succession: Succession
  ) {
    self.incarnations = incarnations
    self.limits = limits
    self.founder = founder
    self.succession = succession
  }

  /// Whose new incarnations begin with the bounds' rights: the founder, or its heir.
  package var mint: ReplicaID { succession.holder(for: founder) }

  /// Whether an incarnation began with the bounds' rights.
  package func isMinted(_ incarnation: Dot) -> Bool {
    succession.isMinted(incarnation, founder: founder)
  }

  /// The terms under which an incarnation counts.
  package func terms(of incarnation: Dot) throws(LatticeError) -> EscrowTerms {
    try EscrowTerms(
      lower: limits?.lower, upper: limits?.upper,
      founder: isMinted(incarnation) ? incarnation.replica : nil, heirs: succession.holders)
  }

  /// The rights of a replica in one incarnation; `nil` if no bound limits them.
  package func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction,
    in incarnation: Row<EscrowCounter>.Incarnation
  ) throws(LatticeError) -> Int64? {
    incarnation.store.rights(
      of: replica, towards: direction, under: try terms(of: incarnation.dot))
  }

  /// The rights of a replica in the whole row; `nil` if no bound limits them.
  ///
  /// More than `Int64.max` is told as `Int64.max`.
  package func rights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction
  ) throws(LatticeError) -> Int64? {
    try exactRights(of: replica, towards: direction).map { Int64(clamping: $0) }
  }

  /// The rights of a replica in the whole row, also where they do not fit 64 bits; `nil` if no bound
  /// limits them.
  ///
  /// The founder's rights count where it has not created an incarnation yet, as it would on its next write.
  package func exactRights(
    of replica: ReplicaID, towards direction: EscrowCounter.Direction
  ) throws(LatticeError) -> Int128? {
    let bound = direction == .decrement ? limits?.lower : limits?.upper
    guard let bound else { return nil }
    var sum: Int128 = 0
    for incarnation in incarnations {
      sum +=
        incarnation.store.exactRights(
          of: replica, towards: direction, under: try terms(of: incarnation.dot)) ?? 0
    }
    if replica == mint, !incarnations.contains(where: { isMinted($0.dot) }) {
      sum += Int128(bound.magnitude)
    }
    return sum
  }
}
