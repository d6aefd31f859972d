#if DEBUG
  extension ORSet.Store {
    /// Checks that the index, where there is one, has the place of each live dot under its element's hash, and no
    /// other: an element is found by it alone.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      try live.checkInvariants()
      try index.checkInvariants()
      guard let pages = live.box?.pages else {
        return try ensure(index.count == 0, that: "few dots have no index")
      }
      if lacksIndex { return }
      try ensure(index.holds(pages: pages.live.count), that: "places fit into their bits")
      try ensure(index.count == pages.count, that: "the index has as many entries as dots live")
      var elements: [(place: UInt64, element: Element)] = []
      pages.forEach { _, place, element in elements.append((place, element)) }
      for (place, element) in elements {
        let found = index.place(pages.hash.tag(element)) { $0 == place }
        try ensure(found != nil, that: "the index has the place of each live dot")
      }
      try ensure(
        Set(elements.map(\.element)).count == distinct, that: "the count is that of the elements")
    }
  }
#endif
