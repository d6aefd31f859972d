/// What bounds an ``EscrowCounter``: constants that every replica knows alike, outside its state.
public struct EscrowTerms: Hashable, Sendable, Codable {
  /// The least value that the counter may have; none where nothing bounds it below.
  public let lower: Int64?
  /// The greatest value that the counter may have; none where nothing bounds it above.
  public let upper: Int64?
  /// Who holds the rights that there are at the start.
  ///
  /// These are the rights to go down to the lower bound from 0, and up to the upper one. Without a
  /// founder nobody ever holds them.
  public let founder: ReplicaID?
  /// By replica that has ended: to whom its rights count.
  public let heirs: [ReplicaID: ReplicaID]

  /// The terms of a counter that stays between `lower` and `upper`, both included.
  ///
  /// - Throws: ``LatticeError/boundsExcludeStart(lower:upper:)`` unless 0, where the counter starts,
  ///   lies between the bounds.
  public init(
    lower: Int64?, upper: Int64?, founder: ReplicaID?, heirs: [ReplicaID: ReplicaID] = [:]
  ) throws(LatticeError) {
    guard lower ?? 0 <= 0, upper ?? 0 >= 0 else {
      throw .boundsExcludeStart(lower: lower, upper: upper)
    }
    self.lower = lower
    self.upper = upper
    self.founder = founder
    self.heirs = heirs
  }

  /// Reads terms, and refuses those that do not admit 0.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      lower: container.decodeIfPresent(Int64.self, forKey: .lower),
      upper: container.decodeIfPresent(Int64.self, forKey: .upper),
      founder: container.decodeIfPresent(ReplicaID.self, forKey: .founder),
      heirs: container.decodeIfPresent([ReplicaID: ReplicaID].self, forKey: .heirs) ?? [:])
  }
}
