import MerganserTypes
import XCTest

final class ORSetTests: XCTestCase {
  let a = ReplicaID(high: 0, low: 1)
  let b = ReplicaID(high: 0, low: 2)

  func testAnInsertionOutlivesAConcurrentRemoval() {
    var laptop = ORSet<String>()
    var phone = ORSet<String>()
    laptop.insert("milk", as: a)
    XCTAssertTrue(phone.merge(laptop))
    XCTAssertEqual(phone.remove("milk", as: b).context, [Dot(a, sequence: 1)])
    XCTAssertEqual(
      laptop.insert("milk", as: a).context, [Dot(a, sequence: 1), Dot(a, sequence: 2)])
    XCTAssertFalse(laptop.merge(phone))
    XCTAssertEqual(Array(laptop), ["milk"])
    XCTAssertTrue(phone.merge(laptop))
    XCTAssertEqual(phone, laptop)
  }

  func testARemovalThatSawTheInsertionStands() {
    var laptop = ORSet<String>()
    laptop.insert("milk", as: a)
    var phone = laptop
    phone.remove("milk", as: b)
    XCTAssertTrue(laptop.merge(phone))
    XCTAssertTrue(laptop.isEmpty)
    XCTAssertFalse(phone.merge(laptop))
    XCTAssertEqual(phone, laptop)
  }

  func testARemovalNamesEveryDotOfTheElementAmongFewAndMany() {
    for others in [0, 300] {
      var laptop = ORSet<Int>()
      var phone = ORSet<Int>()
      for element in 0..<others { laptop.insert(100 + element, as: a) }
      laptop.insert(7, as: a)
      phone.insert(7, as: b)
      laptop.merge(phone)
      let removal = laptop.remove(7, as: a)
      XCTAssertEqual(removal.context, [Dot(a, sequence: UInt64(others) + 1), Dot(b, sequence: 1)])
      phone.merge(laptop)
      XCTAssertFalse(phone.contains(7))
    }
  }

  func testConcurrentInsertionsOfOneElementCountOnce() {
    var laptop = ORSet<Int>()
    var phone = ORSet<Int>()
    laptop.insert(7, as: a)
    phone.insert(7, as: b)
    laptop.merge(phone)
    XCTAssertEqual(laptop.count, 1)
    XCTAssertEqual(Array(laptop), [7])
    laptop.remove(7, as: a)
    XCTAssertTrue(laptop.isEmpty)
  }

  func testADeltaSinceAContextBringsInsertionsAndRemovals() {
    var laptop = ORSet<Int>()
    for element in 0..<100 { laptop.insert(element, as: a) }
    var phone = laptop
    laptop.remove(3, as: a)
    laptop.insert(200, as: a)
    let delta = laptop.delta(since: phone.context)
    XCTAssertEqual(delta.count, 1)
    XCTAssertEqual(delta.context, [Dot(a, sequence: 4), Dot(a, sequence: 101)])
    phone.merge(delta)
    XCTAssertEqual(phone, laptop)
  }

  func testAMutatorsContextNamesWhatItAddedAndRemovedAndNoMore() {
    var store = ORSet<Int>.Store()
    var author = Author(a, nextSequence: 5)
    XCTAssertEqual(store.insert(1, as: &author).context, [Dot(a, sequence: 5)])
    XCTAssertEqual(store.insert(2, as: &author).context, [Dot(a, sequence: 6)])
    XCTAssertEqual(
      store.insert(1, as: &author).context, [Dot(a, sequence: 5), Dot(a, sequence: 7)])
    let removal = store.remove(1, as: &author)
    XCTAssertEqual(removal.context, [Dot(a, sequence: 7)])
    XCTAssertTrue(removal.store.isBottom)
    XCTAssertTrue(store.remove(1, as: &author).context.isBottom)
    XCTAssertEqual(store.count, 1)
  }

  func testEqualSetsHaveEqualBytesWhateverTheOrderOfArrival() throws {
    var laptop = ORSet<Int>()
    var phone = ORSet<Int>()
    for element in 0..<50 { laptop.insert(element, as: a) }
    for element in 25..<75 { phone.insert(element, as: b) }
    laptop.remove(30, as: a)
    let one = laptop.merging(phone)
    let other = phone.merging(laptop)
    XCTAssertEqual(one, other)
    XCTAssertEqual(one.binaryEncoded(), other.binaryEncoded())
    XCTAssertTrue(try ORSet<Int>(binaryEncoded: one.binaryEncoded()) == one)
  }
}

extension ORSetTests {
  func testADeltaSinceASetIsTheJoinOfThePartsThatItLacks() {
    var laptop = ORSet<Int>()
    for element in 0..<60 { laptop.insert(element, as: a) }
    laptop.remove(5, as: a)
    var phone = laptop
    laptop.remove(7, as: a)
    laptop.insert(100, as: a)
    laptop.insert(8, as: a)
    phone.insert(200, as: b)
    let delta = laptop.delta(since: phone)
    XCTAssertEqual(
      delta.context,
      [Dot(a, sequence: 8), Dot(a, sequence: 9), Dot(a, sequence: 61), Dot(a, sequence: 62)])
    var joined = ORSet<Int>()
    for part in laptop.decomposed() where !part.isCovered(by: phone) { joined.merge(part) }
    XCTAssertEqual(delta, joined)
    XCTAssertEqual(phone.merging(delta), phone.merging(laptop))
    XCTAssertEqual(laptop.decomposed().reduce(ORSet()) { $0.merging($1) }, laptop)
  }

  func testStringsThatAreCanonicallyEquivalentAreOneElement() {
    var set = ORSet<String>()
    for number in 0..<40 { set.insert("\(number)", as: a) }
    for (one, other) in [("\u{212A}", "K"), ("\u{37E}", ";"), ("\u{E9}", "e\u{301}")] {
      let first = set.insert(one, as: a).context
      XCTAssertEqual(set.count, 41)
      XCTAssertTrue(set.contains(other))
      XCTAssertTrue(first.isCovered(by: set.insert(other, as: a).context))
      XCTAssertEqual(set.count, 41)
      XCTAssertFalse(set.remove(one, as: a).isBottom)
      XCTAssertFalse(set.contains(other))
    }
    XCTAssertEqual(set.count, 40)
  }
}
