#if DEBUG
  import MerganserTypes

  extension PagedArray {
    /// Checks that each element stands in the page in which it is looked for.
    func checkInvariants() throws(BrokenStructure) {
      for (number, page) in pages.enumerated() {
        try ensure(
          number + 1 < pages.count
            ? page.count == Self.pageSize : (1...Self.pageSize) ~= page.count,
          that: "pages are full, but for the last, which is not empty")
      }
    }
  }
#endif
