/// A type that the rows of a database's table can hold.
///
/// A row keeps no context: the database keeps one for all of its rows. What a row holds of a value is
/// therefore its ``Store``; a type with no dots in it is its own store. Rows are small; what is large
/// is a table.
public protocol Replicated: StoredType {
  /// What a row holds of the value: its dot store, without the context.
  associatedtype Store: DotStore & BinaryCodable

  /// The value that `store` shows.
  init(_ store: Store)

  /// Takes the store of a row that was created concurrently under the same key into `store`, so that
  /// both creations count.
  ///
  /// This is the join where merging again changes nothing, and a sum where each creation began to
  /// count for itself.
  static func unite(_ store: inout Store, with concurrent: Store)
}

extension Replicated {
  /// Joins, as suits types for which merging again changes nothing.
  @inlinable
  public static func unite(_ store: inout Store, with concurrent: Store) {
    store.merge(concurrent, seen: CausalContext(), otherSeen: CausalContext())
  }

  /// Makes the change that led from `before` to `after` once more, on `store` and as `author`, and gives
  /// the delta; see ``DotStore/repeatChange(from:to:as:)``.
  ///
  /// - Parameters:
  ///   - before: the store on which the change was made; nothing where it created the row.
  ///   - after: the store that the change made of it.
  ///   - store: what the change is made on now.
  ///   - author: who makes it now.
  /// - Returns: what changed of `store`.
  /// - Throws: ``LatticeError`` where `author` cannot make it; nothing has changed then.
  @discardableResult
  @inlinable
  public static func repeatChange(
    from before: Store?, to after: Store, onto store: inout Store, as author: inout Author
  ) throws(LatticeError) -> Causal<Store> {
    try store.repeatChange(from: before ?? Store(), to: after, as: &author)
  }
}

extension Replicated where Store == Self {
  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(_ store: Self) { self = store }
}
