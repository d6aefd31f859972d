#if DEBUG
  extension CausalContext {
    /// Checks that this is the one form of its set of dots, as equality, hashes and bytes compare forms.
    ///
    /// - Complexity: O(*n* log *r*) for *n* entries and *r* replicas.
    package func checkInvariants() throws(BrokenStructure) {
      try prefixes.checkInvariants()
      try beyond.checkInvariants()
      var before: Stretch?
      for stretch in beyond {
        try check(stretch)
        if let before { try check(stretch, behind: before) }
        before = stretch
      }
    }

    private func check(_ stretch: Stretch) throws(BrokenStructure) {
      try ensure(stretch.word != 0, that: "an entry has a dot")
      try ensure(
        stretch.count == 1 || stretch.word == .max && stretch.count > 1,
        that: "an entry is one page, or several that were seen whole")
      try ensure(
        stretch.page < Self.pages && stretch.count <= Self.pages - stretch.page,
        that: "sequence numbers have 64 bits")
      let prefix = prefixes[stretch.replica]
      let least = stretch.page << 6 | UInt64(stretch.word.trailingZeroBitCount)
      try ensure(
        least > prefix && least - prefix > 1, that: "a gap lies between the prefix and an entry")
    }

    private func check(_ stretch: Stretch, behind before: Stretch) throws(BrokenStructure) {
      guard before.replica == stretch.replica else {
        return try ensure(before.replica < stretch.replica, that: "the replicas ascend")
      }
      try ensure(before.end <= stretch.page, that: "the pages of a replica ascend")
      try ensure(
        before.end < stretch.page || before.word != .max || stretch.word != .max,
        that: "entries that were seen whole do not adjoin")
    }
  }
#endif
