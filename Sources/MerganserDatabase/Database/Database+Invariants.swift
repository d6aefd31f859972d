#if DEBUG
  import MerganserTypes

  extension Database {
    /// Checks the structures that the rows, their indexes and the waiting versions are kept in.
    ///
    /// - Complexity: O(*n* log *n*), and reads all that is stored.
    /// - Throws: ``BrokenStructure``; ``/MerganserModel/StorageError``, if what is stored cannot be read.
    package func checkInvariants() throws {
      try state.vector.checkInvariants()
      let heads = state.heads
      try ensure(heads.count == state.vector.replicas.count, that: "each origin has a last version")
      for (origin, head) in heads {
        try ensure(
          state.vector[origin] == head.sequence, that: "the vector ends at each last version")
      }
      try state.tables.checkInvariants()
      try state.indexes.checkInvariants()
      for (number, table) in state.tables.enumerated() {
        try table.rows.checkInvariants()
        try table.rows.checkCount()
        try checkIndexes(of: number)
      }
      try cache?.checkInvariants()
      try early.checkInvariants()
      try held.checkInvariants()
      try setAside.checkInvariants()
    }

    /// Checks that each index over a table has the places of the rows, and no other, and knows the classes of their
    /// lengths: conflicts are looked for there, and nowhere else.
    private func checkIndexes(of table: Int) throws {
      let indexes = zip(
        catalog.invariantBook.tables[table].indexes, catalog.storedIndexes(of: table))
      for (number, index) in indexes {
        let places = state.indexes[number].places
        let classes = state.indexes[number].classes
        try places.checkInvariants()
        var expected = 0
        var rows = try state.tables[table].rows.entries()
        while let (key, row) = try rows.next() {
          for entry in index.rows(index.key(key), nil, row).after {
            let place = try places.value(of: InvariantIndex.place(of: entry, key: key))
            try ensure(place != nil, that: "an index has the places of each row")
            try ensure(
              classes.contains(entry.lengthClass), that: "an index knows the classes of its places")
            expected += 1
          }
        }
        var noted = 0
        var entries = try places.entries()
        while try entries.nextKey() != nil { noted += 1 }
        try ensure(noted == expected, that: "an index has the places of rows alone")
      }
    }
  }
#endif
