/// How large a row may become, as the bytes that a store keeps of it.
///
/// There are two limits, as nobody can refuse what is written apart. A transaction is refused that would make a
/// row larger than ``maximumWritten`` (``TransactionError/rowTooLarge(table:key:size:limit:)``). Replicas that
/// have not met can each write so much to one row, and the join of that is larger. It is taken as every version is,
/// and whatever stores or carries rows has room for ``maximumCarried``: checkpoints, parts of states and frames of
/// bundles. From then on transactions can only make that row smaller, until it is within the limit again.
public enum RowSize {
  /// The most bytes that a transaction may make a row have: 64 MB.
  public static let maximumWritten = 64 << 20

  /// The most bytes of a row that a store keeps, and that a state or a bundle carries: 4,000 MB.
  ///
  /// That is what 62 replicas make of one row that each fill it apart. Their formats have 32 bits for a length.
  public static let maximumCarried = 4000 << 20

  /// The most bytes of what carries a row with others: a part of a state, a frame of a bundle.
  public static let maximumPart = maximumCarried + (1 << 20)

  /// How many bytes the names of so many replicas take in front of a row.
  @inlinable
  package static func names(_ count: Int) -> Int { 16 * count + 3 }
}
