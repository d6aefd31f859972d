#if DEBUG
  package import MerganserTypes

  extension PeerShares {
    /// Checks that the bytes are within the limit, and are those of the things.
    ///
    /// A room that does not give bytes back fills up for good. Each thing stands where its entry says, as it leaves by
    /// that.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      try ensure(bytes <= limit, that: "the bytes are within the limit")
      var total = 0
      for (peer, account) in accounts {
        try account.things.checkInvariants()
        try ensure(!account.things.isEmpty, that: "an account has things")
        var own = 0
        var things = account.things.entries()
        while let (key, thing) = things.next() {
          try ensure(
            thing.entry.account == peer && key == thing.entry.arrival.keyEncoded(),
            that: "a thing stands where its entry says")
          own += thing.entry.bytes
        }
        try ensure(own == account.bytes, that: "an account's bytes are those of its things")
        total += own
      }
      try ensure(total == bytes, that: "the bytes are those of all accounts")
    }
  }
#endif
