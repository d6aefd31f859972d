import MerganserTypes
import Testing

@Suite struct ORSetTests {
  let a = ReplicaID(high: 0, low: 1)
  let b = ReplicaID(high: 0, low: 2)

  @Test func anInsertionOutlivesAConcurrentRemoval() {
    var laptop = ORSet<String>()
    var phone = ORSet<String>()
    laptop.insert("milk", by: a)
    #expect(phone.merge(laptop))
    #expect(phone.remove("milk", by: b))
    #expect(laptop.insert("milk", by: a) == false)
    #expect(laptop.merge(phone) == false)
    #expect(Array(laptop) == ["milk"])
    #expect(phone.merge(laptop))
    #expect(phone == laptop)
  }

  @Test func aRemovalThatSawTheInsertionStands() {
    var laptop = ORSet<String>()
    laptop.insert("milk", by: a)
    var phone = laptop
    phone.remove("milk", by: b)
    #expect(laptop.merge(phone))
    #expect(laptop.isEmpty)
    #expect(phone.merge(laptop) == false)
    #expect(phone == laptop)
  }

  @Test func concurrentInsertionsOfOneElementCountOnce() {
    var laptop = ORSet<Int>()
    var phone = ORSet<Int>()
    laptop.insert(7, by: a)
    phone.insert(7, by: b)
    laptop.merge(phone)
    #expect(laptop.count == 1)
    #expect(Array(laptop) == [7])
    laptop.remove(7, by: a)
    #expect(laptop.isEmpty)
  }

  @Test func aDeltaSinceAContextBringsInsertionsAndRemovals() {
    var laptop = ORSet<Int>()
    for element in 0..<100 { laptop.insert(element, by: a) }
    var phone = laptop
    laptop.remove(3, by: a)
    laptop.insert(200, by: a)
    let delta = laptop.delta(since: phone.context)
    #expect(delta.count == 1)
    #expect(delta.context == [Dot(a, 4), Dot(a, 101)])
    phone.merge(delta)
    #expect(phone == laptop)
  }

  @Test func aMutatorsContextNamesWhatItAddedAndRemovedAndNoMore() {
    var store = ORSet<Int>.Store()
    var author = Author(a, nextSequence: 5)
    #expect(store.insert(1, as: &author).context == [Dot(a, 5)])
    #expect(store.insert(2, as: &author).context == [Dot(a, 6)])
    #expect(store.insert(1, as: &author).context == [Dot(a, 5), Dot(a, 7)])
    let removal = store.remove(1)
    #expect(removal.context == [Dot(a, 7)])
    #expect(removal.store.isBottom)
    #expect(store.remove(1).context.isBottom)
    #expect(store.count == 1)
  }

  @Test func equalSetsHaveEqualBytesWhateverTheOrderOfArrival() throws {
    var laptop = ORSet<Int>()
    var phone = ORSet<Int>()
    for element in 0..<50 { laptop.insert(element, by: a) }
    for element in 25..<75 { phone.insert(element, by: b) }
    laptop.remove(30, by: a)
    let one = laptop.merging(phone)
    let other = phone.merging(laptop)
    #expect(one == other)
    #expect(one.binaryEncoded() == other.binaryEncoded())
    #expect(try ORSet<Int>(binaryEncoded: one.binaryEncoded()) == one)
  }
}
