public import MerganserTypes

/// A row of some type, for whoever need not know the type: what the tables' trees are made of.
///
/// Sendable although it changes: only who alone refers to one changes it.
@usableFromInline
package class AnyRow: @unchecked Sendable {
  /// About how many bytes it has as a value of its own, and no fewer: what was read of it, and what each delta
  /// had that was joined in since.
  ///
  /// So nobody encodes a row to know whether it is within ``RowSize/maximumWritten``, until this passes it.
  @inlinable package final var size: Int {
    get { uncheckedSize }
    set { uncheckedSize = newValue }
  }

  // No access to it lasts while anything else runs. Other modules do not see that it is unchecked.
  @usableFromInline @exclusivity(unchecked) final var uncheckedSize: Int

  @usableFromInline package init(size: Int) { uncheckedSize = size }
}

/// A row whose type is known again.
@usableFromInline
package final class TypedRow<Store: DotStore & BinaryCodable>: AnyRow, @unchecked Sendable {
  /// What several incarnations show a mutator together, with the dots of these.
  @usableFromInline
  package final class Shown: Sendable {
    @usableFromInline package let dots: [Dot]
    @usableFromInline package let store: Store
    /// What lived in each incarnation when this was first asked for; nothing before.
    ///
    /// What was written since lives in the first.
    @usableFromInline package let homes: [CausalContext]?

    @inlinable
    package init(_ dots: [Dot], store: Store, homes: [CausalContext]?) {
      self.dots = dots
      self.store = store
      self.homes = homes
    }
  }

  // No access to it lasts while anything else runs.
  @usableFromInline @exclusivity(unchecked) package var row: Row<Store>
  /// What the incarnations showed the last transaction together, as long as nothing else has changed the row:
  /// to make it anew costs what the row holds.
  @usableFromInline @exclusivity(unchecked) package var shown: Shown?

  @inlinable
  package init(_ row: Row<Store>, size: Int = 0) {
    self.row = row
    super.init(size: size)
  }
}

extension AnyRow {
  /// The row as one of the given type; the row that is not there where it is of another.
  @inlinable
  package func typed<Store>(as: Store.Type = Store.self) -> Row<Store> {
    (self as? TypedRow<Store>)?.row ?? Row()
  }
}

extension AnyRow {
  /// The value that the row shows; `nil` if there is none, or if it is of another type.
  @inlinable
  package func value<Value: Replicated>(as: Value.Type) -> Value? {
    (self as? TypedRow<Value.Store>)?.row.value(as: Value.self)
  }
}

/// A row's key of some type, for whoever need not know the type: read once, for all the invariants that ask.
@usableFromInline
package class AnyKey: @unchecked Sendable {
  /// The key's bytes.
  @usableFromInline package final let bytes: [UInt8]

  @inlinable
  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// A key whose type is known again.
@usableFromInline
package final class TypedKey<Key: Sendable>: AnyKey, @unchecked Sendable {
  @usableFromInline package let key: Key

  @inlinable
  init(_ bytes: [UInt8], key: Key) {
    self.key = key
    super.init(bytes)
  }
}

extension AnyKey {
  /// The key as one of the given type; `nil` if it is of another.
  @inlinable
  package func typed<Key: Sendable>(as: Key.Type) -> Key? { (self as? TypedKey<Key>)?.key }
}

/// What brings a row from one state to a later one: rows as they are now, and the dots that were added
/// and removed on the way.
@usableFromInline
package struct AnyRowDelta: Sendable {
  @usableFromInline package var row: AnyRow?
  @usableFromInline package var context: CausalContext

  @inlinable
  package init(row: AnyRow?, context: CausalContext) {
    self.row = row
    self.context = context
  }
}

/// Incarnations of a row that came or went.
@usableFromInline
package struct Lives: Sendable {
  /// Incarnations that live now and did not before.
  @usableFromInline package var created: [Dot] = []
  /// Incarnations that lived before and do not now; touches, which hold up nothing but the row, only
  /// where that is gone.
  @usableFromInline package var removed: [Dot] = []

  @inlinable
  package init() {}

  /// What came and went between two lists of incarnations, each in the order of the dots.
  ///
  /// - Complexity: O(*n*).
  @inlinable
  package init(from before: [(dot: Dot, anchors: [Dot])], to after: [Dot]) {
    var old = 0
    var new = 0
    while old < before.count || new < after.count {
      if new == after.count || old < before.count && before[old].dot < after[new] {
        let (dot, anchors) = before[old]
        if after.isEmpty || !anchors.contains(dot) { removed.append(dot) }
        old += 1
      } else if old == before.count || after[new] < before[old].dot {
        created.append(after[new])
        new += 1
      } else {
        old = old + 1
        new = new + 1
      }
    }
  }
}

/// The incarnations of a row that live.
package struct LivingIncarnations {
  private let dots: [Dot]

  /// Incarnations in the order of their dots.
  package init(_ dots: [Dot]) { self.dots = dots }

  /// Whether any of the given incarnations lives.
  ///
  /// - Complexity: O(*m* log *n*).
  package func hasAny(_ some: [Dot]) -> Bool {
    some.contains { dot in
      var low = 0
      var high = dots.count
      while low < high {
        let middle = (low + high) / 2
        if dots[middle] < dot { low = middle + 1 } else { high = middle }
      }
      return low < dots.count && dots[low] == dot
    }
  }
}

/// What can be done with the rows of a table without knowing their type.
///
/// A table's declaration brings them along. They are made where the type is known, and so the compiler
/// makes of each what suits the type, the users' own included.
@usableFromInline
package final class RowOperations: Sendable {
  /// Joins a row into another, and says what came and went; `nil` if it changed nothing.
  @usableFromInline package let merge:
    @Sendable (inout AnyRow?, AnyRow?, CausalContext, CausalContext) -> Lives?
  @usableFromInline package let decode:
    @Sendable (inout BinaryDecoder) throws(BinaryDecodingError) -> AnyRow?
  @usableFromInline package let encode: @Sendable (AnyRow, inout BinaryEncoder) -> Void
  @usableFromInline package let decodeDelta:
    @Sendable (inout BinaryDecoder) throws(BinaryDecodingError) -> AnyRowDelta
  /// Reads a delta and joins it in at once, unless something keeps it from being applied.
  ///
  /// That is then returned, and nothing has changed; nor where bytes are wrong or left over. What was applied
  /// before has no origin.
  @usableFromInline package let mergeEncoded:
    @Sendable (inout AnyRow?, inout BinaryDecoder, CausalContext, DeltaOrigin?)
      throws(BinaryDecodingError) -> DeltaFault?
  /// What keeps a delta from being applied; `nil` if nothing does.
  @usableFromInline package let fault:
    @Sendable (AnyRowDelta, DeltaOrigin, VersionVector) -> DeltaFault?
  /// A dot of a row of which a condition does not hold; `nil` if it holds of all.
  @usableFromInline package let firstDot: @Sendable (AnyRow, (Dot) -> Bool) -> Dot?
  /// The incarnations, without what was written to them.
  @usableFromInline package let incarnations: @Sendable (AnyRow) -> [(dot: Dot, anchors: [Dot])]
  /// The incarnations that came and went where one row takes the place of another.
  @usableFromInline package let compare: @Sendable (AnyRow?, AnyRow?) -> Lives
  /// The row with other anchors in some incarnations, or without some; `nil` if none is left.
  @usableFromInline package let mapAnchors: @Sendable (AnyRow, (Dot, [Dot]) -> [Dot]?) -> AnyRow?
  /// A key as a person reads it.
  @usableFromInline package let keyText: @Sendable ([UInt8]) -> String

  @inlinable
  package init<Store: DotStore & BinaryCodable>(
    of: Store.Type, keyText: @escaping @Sendable ([UInt8]) -> String
  ) {
    self.keyText = keyText
    merge = { row, other, seen, otherSeen in
      TypedRow<Store>.merge(&row, with: other, seen: seen, otherSeen: otherSeen)
    }
    decode = { decoder throws(BinaryDecodingError) in
      let start = decoder.offset
      let row = try Row<Store>(from: &decoder)
      let size = decoder.offset - start + RowSize.names(decoder.replicas.count)
      return row.isBottom ? nil : TypedRow(row, size: size)
    }
    encode = { row, encoder in row.typed(as: Store.self).encode(to: &encoder) }
    decodeDelta = { decoder throws(BinaryDecodingError) in
      let start = decoder.offset
      let delta = try Causal<Row<Store>>(from: &decoder)
      let size = decoder.offset - start + RowSize.names(1)
      return AnyRowDelta(
        row: delta.store.isBottom ? nil : TypedRow(delta.store, size: size),
        context: delta.context)
    }
    fault = { delta, origin, vector in
      Row<Store>.fault(
        of: Causal(delta.row?.typed() ?? Row(), context: delta.context), from: origin,
        after: vector)
    }
    mergeEncoded = { row, decoder, seen, origin throws(BinaryDecodingError) in
      let start = decoder.offset
      let delta = try Causal<Row<Store>>(from: &decoder)
      guard decoder.remaining == 0 else {
        throw .trailingBytes(offset: decoder.offset, count: decoder.remaining)
      }
      if let origin, let fault = Row.fault(of: delta, from: origin, after: seen.vector) {
        return fault
      }
      _ = TypedRow<Store>.merge(
        &row, with: delta.store, size: decoder.offset - start + RowSize.names(1), seen: seen,
        otherSeen: delta.context)
      return nil
    }
    firstDot = { row, holds in
      var found: Dot?
      row.typed(as: Store.self).forEachDot { if found == nil, !holds($0) { found = $0 } }
      return found
    }
    incarnations = { row in row.typed(as: Store.self).living.map { ($0.dot, $0.anchors) } }
    compare = { before, after in
      let old = before?.typed(as: Store.self).living ?? Few()
      let new = after?.typed(as: Store.self).living ?? Few()
      if old.count == 1, new.count == 1, old[0].dot == new[0].dot { return Lives() }
      return Lives(from: old.map { ($0.dot, $0.anchors) }, to: new.map { $0.dot })
    }
    mapAnchors = { row, map in
      let living = row.typed(as: Store.self).living.compactMap { incarnation in
        map(incarnation.dot, incarnation.anchors).map {
          Row<Store>.Incarnation(dot: incarnation.dot, anchors: $0, store: incarnation.store)
        }
      }
      if living.isEmpty { return nil }
      var mapped = Row<Store>()
      mapped.living = Few(living)
      return TypedRow(mapped, size: row.size)
    }
  }
}

extension RowOperations {
  /// A row as it is stored: a value of its own.
  package func encoded(_ row: AnyRow) -> [UInt8] { BinaryEncoder.standalone { encode(row, &$0) } }

  /// How many bytes a row has as it is stored.
  package func size(of row: AnyRow) -> Int { encoded(row).count }

  /// Tells which incarnations of a row live; none of one that is not there.
  package func living(_ row: AnyRow?) -> LivingIncarnations {
    LivingIncarnations(row.map { incarnations($0).map { $0.dot } } ?? [])
  }

  /// The incarnations that came and went where one row takes the place of another.
  package func lives(from before: AnyRow?, to after: AnyRow?) -> Lives {
    before === after ? Lives() : compare(before, after)
  }
}

extension TypedRow {
  /// Joins `other` into a row, which is changed where it stands if nobody else refers to it.
  @inlinable
  package static func merge(
    _ any: inout AnyRow?, with other: AnyRow?, seen: CausalContext, otherSeen: CausalContext
  ) -> Lives? {
    merge(
      &any, with: (other as? TypedRow)?.row ?? Row(), size: other?.size ?? 0, seen: seen,
      otherSeen: otherSeen)
  }

  @inlinable
  package static func merge(
    _ any: inout AnyRow?, with theirs: Row<Store>, size: Int, seen: CausalContext,
    otherSeen: CausalContext
  ) -> Lives? {
    guard var typed = any as? TypedRow else {
      // There is nothing here: what was removed here stays so.
      var row = Row<Store>()
      guard row.merge(theirs, seen: seen, otherSeen: otherSeen) else { return nil }
      any = TypedRow(row, size: size)
      return Lives(from: [], to: row.incarnationDots)
    }
    // Let go of the other reference.
    any = nil
    if !isKnownUniquelyReferenced(&typed) { typed = TypedRow(typed.row, size: typed.size) }
    typed.shown = nil
    typed.size += size
    defer { any = typed.row.isBottom ? nil : typed }
    if typed.row.living.count == 1, theirs.living.count == 1,
      typed.row.living[0].dot == theirs.living[0].dot
    {
      return typed.row.merge(theirs, seen: seen, otherSeen: otherSeen) ? Lives() : nil
    }
    let before = typed.row.living.map { (dot: $0.dot, anchors: $0.anchors) }
    guard typed.row.merge(theirs, seen: seen, otherSeen: otherSeen) else { return nil }
    return Lives(from: before, to: typed.row.incarnationDots)
  }
}
