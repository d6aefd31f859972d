public import MerganserTypes

/// A row that a transaction writes to, for whoever need not know its type.
///
/// Sendable although it changes: it never leaves the writer's thread.
@usableFromInline
package class StagedRow: @unchecked Sendable {
  /// Whether a mutator is at work on it.
  @usableFromInline package final var isLent = false
  // What every commit asks of it. The compiler makes of a closure what suits the row's type, but of a method
  // that is overridden one for all types, which is several times slower.
  @usableFromInline final let readRow: @Sendable (StagedRow) -> AnyRow?
  @usableFromInline final let readWrittenRow: @Sendable (StagedRow) -> AnyRow?
  @usableFromInline final let encode: @Sendable (StagedRow, inout BinaryEncoder) -> Void
  @usableFromInline final let checkSoundness:
    @Sendable (StagedRow, DeltaOrigin, VersionVector) -> Bool

  /// The row that stands where the transaction begins; `nil` if there is none.
  @usableFromInline package final let base: AnyRow?

  @usableFromInline
  package init(
    base: AnyRow?,
    row: @escaping @Sendable (StagedRow) -> AnyRow?,
    writtenRow: @escaping @Sendable (StagedRow) -> AnyRow?,
    encodeDelta: @escaping @Sendable (StagedRow, inout BinaryEncoder) -> Void,
    isSound: @escaping @Sendable (StagedRow, DeltaOrigin, VersionVector) -> Bool
  ) {
    self.base = base
    readRow = row
    readWrittenRow = writtenRow
    encode = encodeDelta
    checkSoundness = isSound
  }

  /// The row as the transaction sees it; `nil` if there is none.
  @inlinable
  package final var row: AnyRow? { readRow(self) }

  /// What was written, as a row.
  @inlinable
  package final var writtenRow: AnyRow? { readWrittenRow(self) }

  /// Appends what was written: the dots that were added and removed, and the row's delta.
  @inlinable
  package final func encodeDelta(to encoder: inout BinaryEncoder) { encode(self, &encoder) }

  /// Whether other replicas can read and apply what was written.
  @inlinable
  package final func isSound(from origin: DeltaOrigin, after vector: VersionVector) -> Bool {
    checkSoundness(self, origin, vector)
  }

  /// Whether nothing was written.
  @usableFromInline package var isUnwritten: Bool { false }

  /// Takes what ``encodeDelta(to:)`` wrote in the place of the deltas.
  package func replaceDelta(by bytes: [UInt8], replicas: [ReplicaID]) throws(BinaryDecodingError) {}

  /// Adds an incarnation of the author's making.
  @usableFromInline
  package func create(as author: inout Author) throws -> Dot { author.nextDot() }

  /// Makes the incarnations for which a condition holds refer to `anchors`.
  package func anchor(to anchors: [Dot], where isOwn: (Dot) -> Bool) {}
}

/// The versions that a transaction has seen, until it lets go of what it has read.
@usableFromInline
package final class SeenVersions {
  /// How far each origin's versions were seen.
  @usableFromInline package var vector: VersionVector

  @inlinable
  package init(_ vector: VersionVector) { self.vector = vector }
}

/// A row that a transaction writes to.
///
/// It is changed where it stands, by one write after the other, so that each costs what it does and not what
/// the row holds. The deltas are joined as they come, see ``DeltaJoin``; the row is the join of what it was
/// and of these, and is made of them anew where a write has failed halfway.
@usableFromInline
package final class TypedStagedRow<Value: Replicated>: StagedRow, @unchecked Sendable {
  @usableFromInline package typealias Store = Value.Store
  @usableFromInline package typealias Mutator = (inout Store, inout Author) throws -> Causal<Store>

  /// What a write that fails goes back to.
  @usableFromInline
  package struct Mark {
    @usableFromInline package let row: Row<Store>
    @usableFromInline package let deltas: DeltaJoin<Row<Store>>

    @inlinable
    init(row: Row<Store>, deltas: DeltaJoin<Row<Store>>) {
      self.row = row
      self.deltas = deltas
    }
  }

  @usableFromInline package typealias Shown = TypedRow<Store>.Shown

  // No access to these lasts while anything else runs. They begin in the initializer, which the compiler makes
  // for the row's type, and are references, which take no knowledge of it to be let go of.
  @usableFromInline @exclusivity(unchecked) package var typed: TypedRow<Store>
  @usableFromInline @exclusivity(unchecked) package var deltas: DeltaJoin<Row<Store>>
  /// Whether the row lacks some of the deltas.
  @usableFromInline @exclusivity(unchecked) package var isStale: Bool
  @usableFromInline @exclusivity(unchecked) package var shown: Shown?
  @usableFromInline package let seen: SeenVersions

  /// The row that stands where the transaction begins, which has seen the given versions.
  @inlinable
  package init(_ base: AnyRow?, seen: SeenVersions) {
    let found = base as? TypedRow<Store>
    self.seen = seen
    typed = TypedRow(found?.row ?? Row())
    deltas = DeltaJoin()
    isStale = false
    shown = found?.shown
    super.init(
      base: base,
      row: { ($0 as? TypedStagedRow)?.settled },
      writtenRow: { row in
        guard let delta = (row as? TypedStagedRow)?.deltas.joined(), !delta.store.isBottom else {
          return nil
        }
        return TypedRow(delta.store)
      },
      encodeDelta: { ($0 as? TypedStagedRow)?.deltas.joined().encode(to: &$1) },
      isSound: { row, origin, vector in
        guard let delta = (row as? TypedStagedRow)?.deltas.joined() else { return true }
        // A program's own update can return anything.
        return delta.store.isCovered(by: delta.context)
          && Row.fault(of: delta, from: origin, after: vector) == nil
      })
  }

  /// The row's incarnations, without deltas that it lacks.
  @inlinable
  package var incarnations: Few<Row<Store>.Incarnation> { typed.row.living }

  /// Whether nothing was written.
  @inlinable
  package override var isUnwritten: Bool { deltas.isEmpty }

  /// The row with all deltas; `nil` if it is not there.
  @inlinable
  package var settled: AnyRow? {
    settle()
    typed.shown = shown
    return typed.row.isBottom ? nil : typed
  }

  package override func replaceDelta(
    by bytes: [UInt8], replicas: [ReplicaID]
  ) throws(BinaryDecodingError) {
    let delta = try BinaryDecoder.decoding(bytes) { decoder throws(BinaryDecodingError) in
      decoder.replicas = replicas
      return try Causal<Row<Store>>(from: &decoder)
    }
    deltas = DeltaJoin()
    deltas.add(delta)
    isStale = true
    shown = nil
  }

  /// Brings the row up to date with the deltas.
  @inlinable
  package func settle() {
    guard isStale else { return }
    isStale = false
    let delta = deltas.joined()
    typed = TypedRow(base?.typed() ?? Row())
    // The row's dots would do as well, and to name them costs what the row holds.
    typed.row.merge(
      delta.store, seen: CausalContext(seen.vector), otherSeen: delta.context)
  }

  @inlinable
  package var mark: Mark {
    settle()
    return Mark(row: typed.row, deltas: deltas)
  }

  @inlinable
  package func goBack(to mark: Mark) {
    typed = TypedRow(mark.row)
    deltas = mark.deltas
    isStale = false
    shown = nil
  }

  // Inlinable, so that items call what is compiled for the row's type.
  @inlinable
  package override func create(as author: inout Author) throws -> Dot {
    try create(as: &author) { _, _ in Causal() }
  }

  @usableFromInline
  package override func anchor(to anchors: [Dot], where isOwn: (Dot) -> Bool) {
    settle()
    typed.row.anchor(to: anchors, where: isOwn)
    deltas.change { $0.store.anchor(to: anchors, where: isOwn) }
  }
}
