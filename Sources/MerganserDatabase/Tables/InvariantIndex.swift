import MerganserModel
import MerganserTypes

/// Where the rows of a table stand for an invariant that compares rows with each other: by the length of their
/// intervals, then by resource, then in the order of the intervals.
///
/// A name that must be unique is a resource of which every row takes the same interval. What is noted
/// of a row follows from the row alone, so that it can be stored with the row.
///
/// Intervals that overlap each other may stand in it: replicas that each kept the invariant can have broken it
/// together. So an interval may begin long before another one and reach over it, with any number of shorter
/// ones between the two. Intervals of one *length class* are at most twice as long as others of it: those
/// that reach a place begin no further before it than their class is long, however many stand there.
package struct InvariantIndex: Sendable {
  /// The end of an interval, and the row that takes it.
  package struct Place: Sendable {
    let upper: Int64
    /// The key of the row, where the place's own key ends with no more than a part of it.
    let longKey: [UInt8]?

    init(upper: Int64, key: [UInt8]) {
      self.upper = upper
      longKey = key.count > InvariantIndex.keyLimit ? key : nil
    }

    init(stored bytes: [UInt8]) throws(BinaryDecodingError) {
      self = try BinaryDecoder.decodingStandalone(bytes) { decoder throws(BinaryDecodingError) in
        let upper = try Int64(from: &decoder)
        return Place(upper: upper, key: try decoder.decodeLengthPrefixed())
      }
    }

    /// As checkpoints store it, for the row under `key`.
    func stored(of key: [UInt8]) -> [UInt8] {
      BinaryEncoder.standalone { encoder in
        upper.encode(to: &encoder)
        encoder.encode(lengthPrefixed: key)
      }
    }
  }

  private(set) var places: LayeredMap<Place>
  /// The length classes of which places have been taken, and perhaps more.
  private(set) var classes = LengthClass.Set()

  /// The index of a name in which nothing is, which has a number among all.
  init(storedUnder name: [UInt8], number: Int) {
    places = LayeredMap(
      at: .init(space: .index, prefix: name, number: number) { bytes throws(BinaryDecodingError) in
        try Place(stored: bytes)
      })
  }

  /// What becomes of places where a row takes something else than it did.
  struct Move {
    let key: [UInt8]
    /// The length classes of what it takes.
    fileprivate var classes = LengthClass.Set()
    fileprivate var gone: [[UInt8]] = []
    fileprivate var taken: [(place: [UInt8], value: Place)] = []

    /// The moves of a row that took what is in `before` and takes what is in `after`.
    init(_ key: [UInt8], from before: [IndexEntry], to after: [IndexEntry]) {
      self.key = key
      if before == after { return }
      for entry in before.without(after) {
        gone.append(InvariantIndex.place(of: entry, key: key))
      }
      for entry in after.without(before) {
        classes.insert(entry.lengthClass)
        taken.append(
          (InvariantIndex.place(of: entry, key: key), Place(upper: entry.upper, key: key)))
      }
    }

    var isNothing: Bool { gone.isEmpty && taken.isEmpty }
  }

  /// Asks for the memory that several moves are going to touch.
  static func prefetch(_ moves: [(index: InvariantIndex, move: Move)]) {
    LayeredMap.prefetch(
      moves.compactMap { index, move in
        (move.taken.first?.place ?? move.gone.first).map { (index.places, $0) }
      })
  }

  /// Notes that a row takes something else now.
  mutating func make(_ move: Move) {
    classes.formUnion(move.classes)
    for (number, taken) in move.taken.enumerated() {
      if number < move.gone.count {
        places.move(move.gone[number], to: taken.place, value: taken.value)
      } else {
        places.overwrite(taken.place, with: taken.value)
      }
    }
    for place in move.gone.dropFirst(move.taken.count) { places.overwrite(place, with: nil) }
  }

  mutating func freeze() { places.freeze() }

  /// Lets go of what was put aside, which is stored.
  mutating func letGoOfFrozen() { places.letGoOfFrozen() }

  /// Reads which length classes there are, once there is something stored.
  mutating func readClasses() {
    // If they cannot be read now, all are looked into later, which says why.
    classes = (try? storedClasses()) ?? .all
  }

  /// The length classes that there are.
  private func storedClasses() throws(StorageError) -> LengthClass.Set {
    var classes = LengthClass.Set()
    var next: UInt8 = 0
    while next <= LengthClass.longest.rawValue {
      var entries = try places.entries(from: [next])
      guard let found = try entries.next()?.key.first else { break }
      classes.insert(LengthClass(rawValue: found))
      next = found + 1
    }
    return classes
  }
}

extension IndexEntry {
  var lengthClass: LengthClass { LengthClass(of: lower, to: upper) }
}

// Keys: the length class, the resource, the interval's beginning, the row.
extension InvariantIndex {
  /// The most bytes of a resource that stand in a key; of a longer one, a hash takes the last of them.
  private static let resourceLimit = 200
  /// The most bytes of a row's key that stand in a key.
  static let keyLimit = 270

  static func place(of entry: IndexEntry, key: [UInt8]) -> [UInt8] {
    let resource = entry.resource.shortened(to: resourceLimit)
    let row = key.shortened(to: keyLimit)
    var place: [UInt8] = []
    place.reserveCapacity(resource.count + row.count + 10)
    place.append(entry.lengthClass.rawValue)
    place.append(UInt8(resource.count))
    place += resource
    let lower = UInt64(bitPattern: entry.lower) ^ 1 << 63
    withUnsafeBytes(of: lower.bigEndian) { place.append(contentsOf: $0) }
    place += row
    return place
  }

  /// Where the resource ends in a key.
  static func resourceEnd(_ place: [UInt8]) -> Int {
    place.count < 2 ? place.count : min(2 + Int(place[1]), place.count)
  }

  /// The key of the row that a place is of.
  static func rowKey(of place: [UInt8], found: Place) -> [UInt8] {
    found.longKey ?? Array(place.dropFirst(resourceEnd(place) + 8))
  }

  static func lower(of place: [UInt8], behind resource: Int) -> Int64 {
    let bits = place.dropFirst(resource).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int64(bitPattern: bits ^ 1 << 63)
  }
}

/// An index as checkpoints store it.
struct StoredIndex {
  /// The form of its keys; what is stored in another one is made anew before it is used.
  ///
  /// At first, of which nothing was noted, keys had no length class, and text that they were made of need
  /// not have been composed.
  static let form: UInt8 = 2

  /// What stands before its keys.
  let prefix: [UInt8]
  let key: @Sendable ([UInt8]) -> AnyKey
  let rows: IndexedRows

  /// What becomes of its entries where a row has become another.
  func changes(
    of key: [UInt8], from before: AnyRow?, to after: AnyRow?
  ) -> [CheckpointStep.Change] {
    let (old, new) = rows(self.key(key), before, after)
    return old.without(new).map {
      CheckpointStep.Change(
        .index, key: prefix + InvariantIndex.place(of: $0, key: key), value: nil)
    }
      + new.without(old).map {
        CheckpointStep.Change(
          .index, key: prefix + InvariantIndex.place(of: $0, key: key),
          value: InvariantIndex.Place(upper: $0.upper, key: key).stored(of: key))
      }
  }
}

extension InvariantIndex: Layered {
  package var layered: LayeredMap<Place> {
    get { places }
    _modify { yield &places }
  }
}
