#if DEBUG
  import MerganserTypes

  extension LayeredMap {
    /// Checks the layers in memory, and that the lowest layer has no key without a value: such a key says that the
    /// layer below is not to be asked, and nothing would take it away.
    ///
    /// ``count`` is not looked at, as ``overwrite(_:with:)`` leaves it; see ``checkCount()``.
    ///
    /// - Complexity: O(*n*) in what is in memory.
    func checkInvariants() throws(BrokenStructure) {
      try active.checkInvariants()
      try frozen?.checkInvariants()
      if base != nil { return }
      var entries = (frozen ?? active).entries()
      while let (_, slot) = entries.next() {
        try ensure(slot.value != nil, that: "each key of the lowest layer has a value")
      }
    }

    /// Checks that ``count`` is that of the keys that have a value, readable or not, through all layers.
    ///
    /// - Complexity: O(*n*), and reads all that is stored.
    func checkCount() throws {
      var keys = 0
      var entries = try entries()
      while try entries.nextKey() != nil { keys += 1 }
      try ensure(keys == count, that: "the count is that of the keys that have a value")
    }
  }
#endif
