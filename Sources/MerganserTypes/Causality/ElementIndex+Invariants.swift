#if DEBUG
  extension ElementIndex {
    /// Checks that a search finds each entry: it starts at the entry's home, and ends at an empty slot or at a greater
    /// entry.
    ///
    /// - Complexity: O(number of slots).
    func checkInvariants() throws(BrokenStructure) {
      try ensure(slots.isEmpty == (capacity == 0), that: "a table has homes")
      try ensure(slots.isEmpty || slots.count > capacity, that: "a slot lies behind the last home")
      try ensure(slots.isEmpty || slots.last == Self.empty, that: "the last slot is empty")
      var entries = 0
      var before = UInt64?.none
      var lastEmpty = -1
      for (index, slot) in slots.enumerated() {
        if slot == Self.empty {
          lastEmpty = index
          continue
        }
        let home = Self.home(key(slot), capacity: capacity)
        try ensure(home <= index, that: "no entry is before its home")
        try ensure(home > lastEmpty, that: "no slot is empty between an entry's home and the entry")
        if let before { try ensure(before < slot, that: "the entries ascend") }
        before = slot
        entries += 1
      }
      try ensure(entries == count, that: "the count is that of the entries")
    }
  }
#endif
