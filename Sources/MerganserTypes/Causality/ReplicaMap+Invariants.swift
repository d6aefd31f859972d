#if DEBUG
  extension ReplicaMap {
    /// Checks that there are as many values as replicas, and that the replicas ascend: lookups search by halves, and
    /// equal maps have equal bytes.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      try ensure(replicas.count == values.count, that: "there are as many values as replicas")
      for index in replicas.indices.dropFirst() {
        try ensure(replicas[index - 1] < replicas[index], that: "the replicas ascend")
      }
    }
  }
#endif
