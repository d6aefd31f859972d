#if DEBUG
  import MerganserTypes

  extension HeldVersions {
    /// Checks that each version is found by its name and by what it waits for, and that the peers' shares count the
    /// versions, and nothing else.
    ///
    /// - Complexity: O(*n* log *n*).
    func checkInvariants() throws(BrokenStructure) {
      try guests.checkInvariants()
      try waiting.checkInvariants()
      try shares.checkInvariants()
      try ensure(guests.count == waiting.count, that: "there are as many places as versions")
      var bytes = 0
      var entries = guests.entries()
      while let (name, guest) = entries.next() {
        try ensure(waiting[guest.place] == name, that: "a place leads to its version")
        bytes += guest.entry.bytes
      }
      try ensure(bytes == shares.bytes, that: "the shares are those of the versions")
    }
  }
#endif
