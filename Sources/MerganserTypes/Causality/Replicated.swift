/// What several creations of one row are brought together for.
public enum RowAccess: Sendable {
  /// To show their value.
  case reading
  /// To let a mutator change them, whose delta is then merged into them.
  case writing
}

/// A type that the rows of a database's table can hold.
///
/// A row keeps no context: the database keeps one for all of its rows. What a row holds of a value is
/// therefore its ``Store``; a type with no dots in it is its own store. Rows are small; what is large
/// is a table.
public protocol Replicated: StoredType {
  /// What a row holds of the value: its dot store, without the context.
  ///
  /// A ``LatticeStore`` is its own store. Any other type declares it (`typealias Store = …`) if it has several
  /// initializers with one argument without a label: the compiler would choose among these.
  associatedtype Store: DotStore & BinaryCodable

  /// The value that `store` shows.
  init(_ store: Store)

  /// Takes the store of a row that was created concurrently under the same key into `store`, so that
  /// both creations count.
  ///
  /// The default joins, as suits types for which merging again changes nothing: a reader is shown the
  /// join, a mutator works on it, and what it writes reaches every creation.
  ///
  /// A type whose creations add up, such as a counter, adds for ``RowAccess/reading`` and leaves `store`
  /// as it is for ``RowAccess/writing``: a mutator is shown the first creation alone, and its delta goes
  /// there alone, or it would count more than once. A type made of parts unites each part as that part's
  /// type says.
  static func unite(_ store: inout Store, with concurrent: Store, for access: RowAccess)
}

extension Replicated {
  /// Joins, as suits types for which merging again changes nothing.
  @inlinable
  public static func unite(_ store: inout Store, with concurrent: Store, for access: RowAccess) {
    store.merge(concurrent, seen: CausalContext(), otherSeen: CausalContext())
  }

  /// Makes the change that led from `before` to `after` once more, on `store` and as `author`, and gives
  /// the delta; see ``DotStore/repeatChange(from:to:as:)``.
  ///
  /// - Parameters:
  ///   - before: the store on which the change was made; `nil` if it created the row.
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
