#if DEBUG
  import MerganserTypes

  extension LayeredMaps {
    /// Checks the pages, and that none refers to a stored layer by itself, which would be an old one.
    func checkInvariants() throws(BrokenStructure) {
      try elements.checkInvariants()
      for element in elements {
        try ensure(element.layered.layer == nil, that: "the stored layer is kept once")
      }
    }
  }
#endif
