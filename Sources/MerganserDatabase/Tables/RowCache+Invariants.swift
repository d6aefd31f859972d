#if DEBUG
  package import MerganserTypes

  extension StoredCache {
    /// Checks that each hash leads to its entry, and that the bytes, which the limit bounds, are those of the entries;
    /// no entry is of a later generation, which would show rows before they are stored.
    ///
    /// - Complexity: O(*n*).
    package func checkInvariants() throws(BrokenStructure) {
      for shard in shards {
        try shard.contents.withLock { contents throws(BrokenStructure) in
          try contents.checkInvariants()
        }
      }
    }
  }

  extension StoredCache.Contents {
    fileprivate func checkInvariants() throws(BrokenStructure) {
      try ensure(bytes <= limit, that: "the bytes are within the limit")
      try ensure(places.count == entries.count, that: "there are as many hashes as entries")
      for (place, entry) in entries.enumerated() {
        try ensure(places[entry.hash] == place, that: "a hash leads to its entry")
        try ensure(entry.since <= generation, that: "no entry is of a later generation")
      }
      try ensure(
        entries.reduce(0) { $0 + $1.size } == bytes, that: "the bytes are those of the entries")
    }
  }
#endif
