import CXXHash
package import MerganserModel
import Synchronization

/// Stored rows that were read lately, decoded, up to a limit of bytes.
package typealias RowCache = StoredCache<AnyRow>

/// What was read of the stored layer lately, decoded, up to a limit of bytes: for all tables of a replica,
/// and all snapshots of it.
///
/// A checkpoint changes what is stored, while older snapshots go on reading what was there before. So a
/// *generation* begins with each checkpoint. Whoever reads tells his, and only the latest puts anything
/// in; what the checkpoint changes is taken out while it is being stored, when those of the new generation
/// see it in memory. What is in the cache is therefore true of all generations from the one that it was
/// put in by up to the latest. A generation that does not follow the latest empties the cache: nothing
/// is known of what lies between.
///
/// What is read once in a while comes in no more than what is only read once: something is put in when it
/// was missed before, lately. Where there is no room, the hand of a clock goes round, and takes what was
/// not asked for since it came by.
package final class StoredCache<Value: Sendable>: Sendable {
  /// How often something was found, and how often it was not, and what the cache takes.
  package struct Use: Sendable {
    package var hits = 0
    package var misses = 0
    package var bytes = 0
  }

  /// How many bytes an entry is taken to have besides those that are stored.
  package static var overhead: Int { 256 }

  private static var shardCount: Int { 16 }

  private let latest = Mutex<UInt64>(0)
  let shards: [Shard]

  /// A cache that takes about `limit` bytes; `nil` if that is none.
  package init?(limit: Int) {
    guard limit > 0 else { return nil }
    shards = (0..<Self.shardCount).map { _ in Shard(limit: limit / Self.shardCount) }
  }

  /// What the cache was good for up to now.
  package var use: Use {
    shards.reduce(into: Use()) { use, shard in
      shard.contents.withLock { contents in
        use.hits += contents.hits
        use.misses += contents.misses
        use.bytes += contents.bytes
      }
    }
  }

  /// A stored state and those that have the same but for what lies over them in memory.
  package struct Generation: Sendable {
    package let cache: StoredCache
    let number: UInt64

    /// The generation in which what lies over this one's is being stored, and will have been.
    package func next() -> Generation { cache.generation(after: number) }

    /// One that has nothing to do with this one.
    package func other() -> Generation { cache.generation() }
  }

  /// A new generation, which takes over what is true of the one that it follows.
  package func generation(after parent: UInt64? = nil) -> Generation {
    latest.withLock { latest in
      let follows = parent == latest
      latest += 1
      for shard in shards {
        shard.contents.withLock { contents in
          if !follows { contents.removeAll() }
          contents.generation = latest
        }
      }
      return Generation(cache: self, number: latest)
    }
  }

  /// The rows of one table, by its number, for those who read one generation of them.
  package struct Table: Sendable {
    let generation: Generation
    let number: Int

    package init(generation: Generation, number: Int) {
      self.generation = generation
      self.number = number
    }

    private func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
      XXH3_64bits_withSeed(key.baseAddress, key.count, UInt64(truncatingIfNeeded: number))
    }

    private func shard(_ hash: UInt64) -> Shard {
      generation.cache.shards[Int(hash >> 60)]
    }

    /// The value of a key, if it is there; `isWanted` says whether it is to be put in otherwise, as it was
    /// missed before.
    package func value(of key: UnsafeRawBufferPointer, isWanted: inout Bool) -> Value? {
      let hash = hash(key)
      return shard(hash).contents.withLock { contents in
        let value = contents.value(of: key, in: number, hash: hash, generation: generation.number)
        isWanted = value == nil && contents.isWanted(hash, generation: generation.number)
        return value
      }
    }

    /// Puts a value in that was read, and stored in so many bytes.
    package func keep(_ value: Value, of key: UnsafeRawBufferPointer, size: Int) {
      let hash = hash(key)
      let entry = Entry(
        hash: hash, table: number, key: Array(key), value: value, since: generation.number,
        size: key.count + size + StoredCache.overhead)
      shard(hash).contents.withLock { $0.insert(entry) }
    }

    /// Takes the value of a key out, which is about to become another.
    package func remove(_ key: UnsafeRawBufferPointer) {
      let hash = hash(key)
      shard(hash).contents.withLock { contents in
        if let place = contents.places[hash] { contents.remove(at: place) }
      }
    }
  }

  struct Entry {
    let hash: UInt64
    let table: Int
    let key: [UInt8]
    let value: Value
    /// The generation that it was put in by.
    let since: UInt64
    let size: Int
    /// Whether it was asked for since the hand came by.
    var isUsed = false
  }

  /// The part of the cache that is for some hashes, with a lock of its own.
  final class Shard: Sendable {
    let contents: Mutex<Contents>

    init(limit: Int) { contents = Mutex(Contents(limit: limit)) }
  }

  struct Contents {
    /// The most bytes.
    let limit: Int
    /// Who may put entries in.
    var generation: UInt64 = 0
    /// A bit for each hash that was missed lately, where its last bits say: few share one, and are put in
    /// early.
    private var missed: [UInt64]
    private var missedCount = 0
    /// Where the entry of a hash is; of keys with the same hash one has an entry.
    var places: [UInt64: Int] = [:]
    private(set) var entries: [Entry] = []
    private var hand = 0
    private(set) var bytes = 0
    private(set) var hits = 0
    private(set) var misses = 0

    init(limit: Int) {
      self.limit = limit
      // A power of two: about half a word for each entry that there may be, and at most a megabyte, as it is
      // taken at once.
      let words = min(max(limit / StoredCache.overhead / 2, 1), 1 << 17)
      missed = Array(repeating: 0, count: 1 << (Int.bitWidth - 1 - words.leadingZeroBitCount))
    }

    mutating func value(
      of key: UnsafeRawBufferPointer, in table: Int, hash: UInt64, generation: UInt64
    ) -> Value? {
      guard let place = places[hash], entries[place].since <= generation,
        generation <= self.generation, entries[place].table == table,
        entries[place].key.withUnsafeBytes({ $0.elementsEqual(key) })
      else {
        misses += 1
        return nil
      }
      hits += 1
      if !entries[place].isUsed { entries[place].isUsed = true }
      return entries[place].value
    }

    /// Whether what has a hash is to be put in; it is the next time, unless many others come before.
    mutating func isWanted(_ hash: UInt64, generation: UInt64) -> Bool {
      guard generation == self.generation else { return false }
      let word = Int(truncatingIfNeeded: hash >> 6) & (missed.count - 1)
      let bit = UInt64(1) << (hash & 63)
      if missed[word] & bit != 0 { return true }
      if missedCount >= 2 * missed.count {
        for place in missed.indices { missed[place] = 0 }
        missedCount = 0
      }
      missed[word] |= bit
      missedCount += 1
      return false
    }

    mutating func insert(_ entry: Entry) {
      guard entry.since == generation, entry.size <= limit else { return }
      if let place = places[entry.hash] { remove(at: place) }
      while bytes + entry.size > limit {
        if hand >= entries.count { hand = 0 }
        if entries[hand].isUsed {
          entries[hand].isUsed = false
        } else {
          // The last one comes here, the latest that was put in: its turn is in the next round.
          remove(at: hand)
        }
        hand += 1
      }
      places[entry.hash] = entries.count
      entries.append(entry)
      bytes += entry.size
    }

    /// Takes an entry out; the last one comes to its place.
    mutating func remove(at place: Int) {
      places[entries[place].hash] = nil
      bytes -= entries[place].size
      let last = entries.removeLast()
      guard place < entries.count else { return }
      entries[place] = last
      places[last.hash] = place
    }

    mutating func removeAll() {
      places = [:]
      entries = []
      hand = 0
      bytes = 0
    }
  }
}
