#if DEBUG
  extension VersionVector {
    /// Checks that no replica is listed of which nothing was seen: such a vector would not equal the one without it.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      try entries.checkInvariants()
      for last in entries.values { try ensure(last > 0, that: "each replica's number is above 0") }
    }
  }
#endif
