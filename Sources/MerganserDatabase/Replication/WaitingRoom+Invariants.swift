#if DEBUG
  import MerganserTypes

  extension WaitingRoom {
    /// Checks that each guest is found by its name and by what it waits for, and that the peers' shares count the
    /// guests, and nothing else.
    ///
    /// - Complexity: O(*n* log *n*).
    func checkInvariants() throws(BrokenStructure) {
      try guests.checkInvariants()
      try names.checkInvariants()
      try shares.checkInvariants()
      try ensure(guests.count == names.count, that: "there are as many names as guests")
      var bytes = 0
      var entries = names.entries()
      while let (name, awaited) = entries.next() {
        let guest = guests[awaited + name]
        try ensure(guest != nil, that: "a name leads to its guest")
        bytes += guest?.entry.bytes ?? 0
      }
      try ensure(bytes == shares.bytes, that: "the shares are those of the guests")
    }
  }
#endif
