#if DEBUG
  extension DotPages {
    /// Checks that each page is where its dots are looked for.
    ///
    /// - A page is free, or in exactly one lane: its owner's.
    /// - A page of a lane has a live dot and a payload for each, which is found by the rank of its bit; a free page has
    ///   neither, as it is used again as it is.
    /// - A lane's pages ascend, as they are searched by halves; they are consecutive if the lane says so.
    /// - The directory leads to each replica's lane, and to no other.
    /// - The count is that of the live dots.
    ///
    /// - Complexity: O(number of pages).
    func checkInvariants() throws(BrokenStructure) {
      try ensure(
        numbers.count == live.count && owners.count == live.count && payloads.count == live.count,
        that: "each page has a number, an owner and payloads")
      try directory.checkInvariants()
      try ensure(directory.count == lanes.count, that: "each lane is in the directory")
      for (replica, lane) in directory {
        try ensure(
          lanes[Int(lane)].replica == replica, that: "the directory leads to the replica's lane")
      }
      var isUsed = ContiguousArray(repeating: false, count: live.count)
      var dots = 0
      for (number, lane) in lanes.enumerated() {
        try checkOrder(of: lane)
        for page in lane.pages.map({ Int($0) }) {
          try ensure(!isUsed[page], that: "a page is in one lane, once")
          isUsed[page] = true
          try ensure(owners[page] == UInt64(number), that: "a page is in its owner's lane")
          try ensure(live[page] != 0, that: "a page of a lane has a live dot")
          try ensure(
            payloads[page].count == live[page].nonzeroBitCount, that: "each live dot has a payload")
          dots += live[page].nonzeroBitCount
        }
      }
      try ensure(dots == count, that: "the count is that of the live dots")
      for page in free.map({ Int($0) }) {
        try ensure(!isUsed[page], that: "a free page is in no lane, and free once")
        isUsed[page] = true
        try ensure(
          live[page] == 0 && payloads[page].isEmpty, that: "a free page has no dot and no payload")
      }
      try ensure(isUsed.allSatisfy { $0 }, that: "a page is in a lane or free")
    }

    private func checkOrder(of lane: Lane) throws(BrokenStructure) {
      for (one, next) in zip(lane.pages, lane.pages.dropFirst()) {
        try ensure(numbers[Int(one)] < numbers[Int(next)], that: "a lane's pages ascend")
        try ensure(
          !lane.isConsecutive || one + 1 == next, that: "a lane that says so is consecutive")
      }
    }
  }
#endif
