#if DEBUG
  extension LiveDots {
    /// Checks that the dots are either a short sorted list or pages with a live dot: pages without one would not be
    /// taken for empty.
    ///
    /// - Complexity: O(number of pages).
    func checkInvariants() throws(BrokenStructure) {
      if let box {
        try ensure(few.isEmpty, that: "dots are listed or in pages")
        try ensure(box.pages.count > 0, that: "there are no pages without a live dot")
        return try box.pages.checkInvariants()
      }
      try ensure(few.count <= Self.mostFew, that: "many dots are in pages")
      for (one, next) in zip(few, few.dropFirst()) {
        try ensure(one.dot < next.dot, that: "listed dots ascend")
      }
    }
  }

  extension DotSet {
    /// Checks the live dots.
    package func checkInvariants() throws(BrokenStructure) { try live.checkInvariants() }
  }

  extension DotFunction {
    /// Checks the live dots.
    package func checkInvariants() throws(BrokenStructure) { try live.checkInvariants() }
  }
#endif
