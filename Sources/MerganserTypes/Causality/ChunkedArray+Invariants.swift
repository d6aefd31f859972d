#if DEBUG
  extension ChunkedArray {
    /// Checks that no chunk is empty or too long, as an index steps from chunk to chunk, and an insertion costs no
    /// more than a chunk.
    ///
    /// - Complexity: O(number of chunks).
    func checkInvariants() throws(BrokenStructure) {
      try ensure(more.isEmpty || !first.isEmpty, that: "no chunk follows an empty first one")
      try ensure(first.count <= Self.mostInChunk, that: "no chunk is longer than the limit")
      for chunk in more {
        try ensure(!chunk.isEmpty, that: "no chunk is empty")
        try ensure(chunk.count <= Self.mostInChunk, that: "no chunk is longer than the limit")
      }
    }
  }
#endif
