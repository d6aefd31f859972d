public import MerganserTypes

// What items do with their rows, without the type of the key: code that knows the row's type alone, as that of
// counters with escrow does, calls what is compiled for that. Of an item's own methods it would call those that are
// compiled for no type at all, which are several times slower.
extension OpenTransaction {
  /// The incarnations of a row that live in this transaction.
  ///
  /// - Throws: the error that `nested` returns, while a mutator is at work on the row; ``StorageError``;
  ///   ``TransactionError/ended``.
  @inlinable
  package func incarnations<Store>(
    of key: [UInt8], inTable number: Int, nested: () -> TransactionError
  ) throws -> Few<Row<Store>.Incarnation> {
    let context = try self()
    let rows = context.rows(number)
    let row: AnyRow?
    if let staged = rows.staged(key) {
      if staged.isLent { throw nested() }
      row = staged.row
    } else {
      row = try rows.unwrittenRow(key)
    }
    let all = row?.typed(as: Store.self).living ?? Few()
    let dead = try dead(among: all, of: key, inTable: number, context: context)
    return dead.isEmpty ? all : Few(all.filter { !dead.contains($0.dot) })
  }

  /// Those incarnations that have lost what they refer to.
  @inlinable
  func dead<Store>(
    among incarnations: @autoclosure () -> Few<Row<Store>.Incarnation>, of key: [UInt8],
    inTable number: Int, context: any TransactionContext
  ) throws(StorageError) -> [Dot] {
    if !context.hasReferences(fromTable: number) { return [] }
    var dead: [Dot] = []
    for incarnation in incarnations() {
      let isSupported = try context.isSupported(
        incarnation.dot, anchors: incarnation.anchors, of: key, in: number)
      if !isSupported { dead.append(incarnation.dot) }
    }
    return dead
  }

  /// Lets `body` write to a row, given the incarnations that have lost what they refer to.
  @inlinable
  package func write<Value: Replicated, Result>(
    to key: [UInt8], ofTable number: Int,
    body: (TypedStagedRow<Value>, [Dot], inout Author) throws -> Result
  ) throws -> Result {
    // All of it stands here: a function over the protocols would not be specialized for the row's type.
    let context = try self()
    var author = try context.beginWrite(to: key, ofTable: number)
    do {
      let rows = context.rows(number)
      let staged = rows.staged(key) as? TypedStagedRow<Value>
      let row = try staged ?? TypedStagedRow(try rows.unwrittenRow(key), seen: rows.seen)
      let dead = try dead(among: row.incarnations, of: key, inTable: number, context: context)
      let result = try body(row, dead, &author)
      // A row of which nothing was written is not kept.
      if staged == nil, !row.isUnwritten { rows.stage(row, under: key) }
      context.endWrite(as: author)
      return result
    } catch {
      context.endWrite(as: nil)
      throw error
    }
  }
}
