import MerganserTypes
import Testing

@testable import MerganserDatabase
@testable import MerganserModel

/// Of what is refused nothing is kept.
@Suite struct RefusedWriteTests {
  /// A map over what is stored keeps no entry of a change that was none.
  @Test(arguments: [true, false]) func whatDoesNotChangeIsNotKept(isChange: Bool) throws {
    var map = LayeredMap<Int>(
      at: .init(space: .rows, prefix: [1], number: 0) { bytes in bytes.first.map(Int.init) })
    map.layer = .init(StateInMemory())
    for key in 0..<UInt8(10) {
      let result = [key].withUnsafeBytes { bytes in
        Result { () throws(StorageError) in
          try map.update(bytes, isChange: { (_: Bool) in isChange }) { value in
            if isChange { value = Int(key) }
            return isChange
          }
        }
      }
      #expect(try result.get() == isChange)
    }
    #expect(map.count == (isChange ? 10 : 0))
    map.freeze()
    #expect(map.frozen?.count == (isChange ? 10 : 0))
  }
}
