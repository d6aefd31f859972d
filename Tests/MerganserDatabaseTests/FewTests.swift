import MerganserModel
import TestSupport
import Testing

/// What holds few elements is an array, whatever is done with it.
@Suite struct FewTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func asAnArray(seed: UInt64) throws {
    var dice = SplitMix(seed: seed)
    var (few, array) = (Few<[Int]>(), [[Int]]())
    for number in 0..<300 {
      let place = array.isEmpty ? 0 : Int.random(in: 0..<array.count, using: &dice)
      switch Int.random(in: 0..<9, using: &dice) {
      case 0:
        few.append([number])
        array.append([number])
      case 1:
        few.insert([number], at: place)
        array.insert([number], at: place)
      case 2 where !array.isEmpty:
        few[place].append(number)
        array[place].append(number)
      case 3 where !array.isEmpty:
        few.change(at: place) { $0.append(number) }
        array[place].append(number)
      case 4, 5: #expect(few.popLast() == array.popLast())
      case 6:
        few.removeAll { $0.count % 2 == number % 2 }
        array.removeAll { $0.count % 2 == number % 2 }
      case 7 where !array.isEmpty:
        few.remove(at: place)
        array.remove(at: place)
      default:
        (few, array) = (Few(array), Array(few))
      }
      #expect(Array(few) == array)
      #expect(few.first == array.first)
      #expect(few.last == array.last)
      #expect(few.count == array.count)
      #expect(few == Few(array))
      #if DEBUG
        try few.checkInvariants()
      #endif
    }
  }
}
