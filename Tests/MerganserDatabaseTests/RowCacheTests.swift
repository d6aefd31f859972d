import MerganserDatabase
import MerganserModel
import TestSupport
import Testing

/// What is kept of the stored rows takes no more than it may, is the useful part, and is never stale.
@Suite struct RowCacheTests {
  private typealias Cache = StoredCache<Int>

  @Test func theLimitHolds() throws {
    let cache = try #require(Cache(limit: 100_000))
    let table = Cache.Table(generation: cache.generation(), number: 0)
    var generator = SplitMix(seed: 1)
    for _ in 0..<20_000 {
      let key = Int.random(in: 0..<500, using: &generator)
      let value = table.read(key, size: Int.random(in: 0..<10_000, using: &generator))
      #expect(value == nil || value == key)
      #expect(cache.use.bytes <= 100_000)
      #if DEBUG
        if key % 50 == 0 { try cache.checkInvariants() }
      #endif
    }
    #expect(cache.use.bytes > 50_000)
    #expect(cache.use.hits > 100)
    #expect(StoredCache<Int>(limit: 0) == nil)
  }

  /// What a cache takes before anything is in it does not grow with a limit that is as good as none.
  @Test(arguments: [1 << 40, .max]) func anyLimitMakesACache(limit: Int) {
    #expect(Cache(limit: limit)?.use.bytes == 0)
  }

  @Test func whatIsReadOnceDoesNotPushOutWhatIsReadOften() throws {
    let cache = try #require(Cache(limit: 1_000_000))
    let table = Cache.Table(generation: cache.generation(), number: 0)
    for _ in 0..<3 { for key in 0..<1000 { _ = table.read(key) } }
    for key in 1000..<100_000 { _ = table.read(key) }
    let before = cache.use.hits
    for key in 0..<1000 { _ = table.read(key) }
    #expect(cache.use.hits - before > 990)
    // What comes to be read often takes the place of what is not any more.
    for _ in 0..<5 { for key in 1000..<2500 { _ = table.read(key) } }
    let later = cache.use.hits
    for key in 1000..<2500 { _ = table.read(key) }
    #expect(cache.use.hits - later > 1200)
  }

  @Test func tablesDoNotMix() throws {
    let cache = try #require(Cache(limit: 1_000_000))
    let generation = cache.generation()
    let (one, other) = (
      Cache.Table(generation: generation, number: 0), Cache.Table(generation: generation, number: 1)
    )
    for _ in 0..<2 { _ = one.read(7) }
    #expect(one.value(7) == 7)
    #expect(other.value(7) == nil)
  }

  @Test func whatIsReadOfAnEarlierStateIsKeptFromTheLater() throws {
    let cache = try #require(Cache(limit: 1_000_000))
    let generation = cache.generation()
    let earlier = Cache.Table(generation: generation, number: 0)
    for key in 0..<2 { for _ in 0..<2 { _ = earlier.read(key) } }
    let later = Cache.Table(generation: generation.next(), number: 0)
    #expect(later.value(0) == 0)
    later.remove(1)
    // Who still reads the earlier state may not put back what the later one has changed.
    for _ in 0..<2 { _ = earlier.read(1) }
    #expect(later.value(1) == nil)
    // Nor is what the later one reads shown to it.
    for _ in 0..<2 { _ = later.read(2) }
    #expect(later.value(2) == 2)
    #expect(earlier.value(2) == nil)
    #expect(earlier.value(0) == 0)
    // Another future of the earlier state knows nothing of this one.
    let another = Cache.Table(generation: generation.next(), number: 0)
    #expect((0..<3).allSatisfy { another.value($0) == nil && later.value($0) == nil })
    for _ in 0..<2 { _ = later.read(0) }
    #expect(another.value(0) == nil)
  }
}

extension StoredCache<Int>.Table {
  fileprivate func value(_ key: Int) -> Int? {
    var isWanted = false
    return withUnsafeBytes(of: key) { value(of: $0, isWanted: &isWanted) }
  }

  /// What whoever reads the store does.
  fileprivate func read(_ key: Int, size: Int = 100) -> Int? {
    withUnsafeBytes(of: key) { bytes in
      var isWanted = false
      let value = value(of: bytes, isWanted: &isWanted)
      if isWanted { keep(key, of: bytes, size: size) }
      return value
    }
  }

  fileprivate func remove(_ key: Int) { withUnsafeBytes(of: key) { remove($0) } }
}
