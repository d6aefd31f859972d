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
}

extension Replicated where Store == Self {
  /// The value that the decoder reads, or an error that says what was wrong.
  @inlinable
  public init(_ store: Self) { self = store }
}
