import MerganserModel
import MerganserTypes
import Testing

/// Whatever a transaction writes has its time, however often it writes in one place, and the last write is left.
@Suite struct OneStampTests {
  @Test func aRegister() throws {
    try check(LWWRegister<Int>.self, writing: { try $0.set($1) }, reading: { $0.value })
  }

  @Test func aTouchedRegister() throws {
    try check(
      LWWRegister<Int>.self,
      writing: {
        if try $0.exists { try $0.touch() }
        try $0.set($1)
      }, reading: { $0.value })
  }

  @Test func aSet() throws {
    try check(
      LWWSet<Int>.self,
      writing: { set, number in
        for element in 0..<4 {
          if element == number { try set.insert(element) } else { try set.remove(element) }
        }
      }, reading: { $0.elements.count == 1 ? $0.elements.first : nil })
  }

  @Test func inMaps() throws {
    try check(
      GMap<Int, LWWRegister<Int>>.self,
      writing: { map, number in try map.update(7) { try $0.set(number, as: &$1) } },
      reading: { $0[7].value })
    try check(
      ORMap<Int, Incarnated<LWWRegister<Int>>>.self,
      writing: { map, number in
        try map.update(7) { try $0.write(as: &$1) { try $0.set(number, as: &$1) } }
      }, reading: { $0[7]?.value?.value })
    try check(
      ORMap<Int, ORMap<Int, Incarnated<LWWSet<Int>>>>.self,
      writing: { map, number in
        for element in 0..<4 {
          try map.update(7) {
            try $0.update(8, as: &$1) {
              try $0.write(as: &$1) {
                element == number
                  ? try $0.insert(element, as: &$1) : try $0.remove(element, as: &$1)
              }
            }
          }
        }
      }, reading: { $0[7]?[8]?.value.flatMap { $0.elements.count == 1 ? $0.elements.first : nil } })
  }

  @Test func inPairs() throws {
    try check(
      Pair<LWWRegister<Int>, GCounter>.self,
      writing: { pair, number in
        try pair.updateFirst { try $0.set(number, as: &$1) }
        try pair.updateSecond { try $0.increment(by: 1, as: $1.replica) }
      }, reading: { $0.first.value })
    try check(
      Lexicographic<Max<Int>, LWWRegister<Int>>.self,
      writing: { pair, number in try pair.updateSecond { try $0.set(number, as: &$1) } },
      reading: { $0.second.value })
  }

  /// A register whose stamp is ahead is still written, and the version's time goes with it.
  @Test func noStampIsLaterThanItsVersion() throws {
    var cluster = try TypeCluster(LWWRegister<Int>.self)
    let ahead = HybridTime(milliseconds: 5000)
    try cluster.write(0) { row in
      try row.update { register, author in
        try register.set(1, as: author.replica, at: ahead)
        return Causal(register, context: [])
      }
      try row.set(2)
      #expect(try row.value?.value == 2)
    }
    #expect(try cluster.value(0)?.value == 2)
    #expect(try cluster.value(0)?.time == cluster.time)
    try cluster.exchange()
    for place in 0..<3 { #expect(try cluster.value(place)?.value == 2) }
  }

  private func check<Value: Replicated>(
    _: Value.Type, writing write: (Item<Int, Value>, Int) throws -> Void,
    reading read: (Value) -> Int?
  ) throws {
    for isMadeApart in [false, true] {
      var cluster = try TypeCluster(Value.self)
      if isMadeApart {
        for place in 0..<3 { try cluster.write(place) { try write($0, place) } }
        try cluster.exchange()
      }
      for numbers in [[1], [1, 2], [2, 1], [3, 1, 2], [1, 3, 2, 1], [2, 2, 0]] {
        try cluster.write(1) { row in
          for number in numbers {
            try write(row, number)
            #expect(try row.value.flatMap(read) == number)
          }
        }
        let comment: Comment = "\(Value.typeName), \(numbers)"
        #expect(try cluster.value(1).flatMap(read) == numbers.last, comment)
        try cluster.exchange()
        for place in 0..<3 {
          #expect(try cluster.value(place).flatMap(read) == numbers.last, comment)
        }
        // The others' clocks take notice of stamps and of times alike.
        #expect(cluster.replicas[0].snapshot.time == cluster.time, comment)
      }
    }
  }
}
