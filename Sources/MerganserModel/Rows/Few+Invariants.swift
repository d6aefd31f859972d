#if DEBUG
  package import MerganserTypes

  extension Few {
    /// Checks that the first element stands where it is looked for.
    package func checkInvariants() throws(BrokenStructure) {
      try ensure(first != nil || more.isEmpty, that: "others follow a first element")
    }
  }
#endif
