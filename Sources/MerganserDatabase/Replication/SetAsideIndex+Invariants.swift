#if DEBUG
  import MerganserTypes

  extension SetAsideIndex {
    /// Checks that each version is found by its key and by its end, and that the peers' shares count the versions, and
    /// nothing else.
    ///
    /// - Complexity: O(*n* log *n*).
    func checkInvariants() throws(BrokenStructure) {
      try shares.checkInvariants()
      try ensure(heads.values.allSatisfy { !$0.isEmpty }, that: "an origin has versions")
      let noted = heads.values.reduce(0) { $0 + $1.count }
      try ensure(noted == places.count, that: "there are as many keys as versions")
      var bytes = 0
      for place in places.values {
        let entry = heads[place.origin]?[place.head]
        try ensure(entry != nil, that: "a key leads to its version")
        bytes += entry?.bytes ?? 0
      }
      try ensure(bytes == shares.bytes, that: "the shares are those of the versions")
    }
  }
#endif
