import MerganserModel

/// A key with what a map knows of it: the value itself, or the bytes that are stored of it.
@usableFromInline
package enum FoundEntry<Value> {
  case inMemory(key: [UInt8], value: Value)
  /// Both are valid only as long as the call to which they are handed.
  case stored(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
}

extension FoundEntry {
  /// Whether the key stands before another in the order of bytes.
  func precedes(_ other: [UInt8]) -> Bool {
    switch self {
    case .inMemory(let key, _): key.precedes(other)
    case .stored(let key, _): key.precedes(other)
    }
  }
}

extension LayeredMap {
  /// Steps through the keys that have values, in order.
  struct Iterator {
    private enum Layer { case active, frozen, stored }

    private var active: OrderedMap<Slot>.Iterator
    private var frozen: OrderedMap<Slot>.Iterator?
    private let base: Base?
    /// What reads the stored entries; `nil` behind the last of them.
    private var reader: (any StateReader)?
    /// Those that have been read, the next one first.
    private var stored = StateEntries()
    /// The layer that has the key at which this stands; `nil` before the first and behind the last.
    private var layer: Layer?
    /// Where the key is, if that layer is in memory.
    private var head: OrderedMap<Slot>.Iterator.Head?

    fileprivate init(_ map: LayeredMap, from key: [UInt8]) throws(StorageError) {
      active = map.active.entries(from: key)
      frozen = map.frozen?.entries(from: key)
      base = map.base
      reader = try map.base.map { base throws(StorageError) in
        try base.state.entries(from: base.prefix + key, in: base.space)
      }
    }

    /// Moves on to the next key that has a value; returns false behind the last.
    ///
    /// Where stored entries cannot be read, the next call goes on behind them.
    mutating func advance() throws(StorageError) -> Bool {
      while true {
        switch layer.take() {
        case .active: active.skip()
        case .frozen: frozen?.skip()
        case .stored: stored.removeFirst()
        case nil: break
        }
        try findLayer()
        // A key in memory that has no value says that it has none below, either.
        if let head, head.value.value == nil { continue }
        return layer != nil
      }
    }

    /// Finds the layer that has the next key, the uppermost of several, and passes over the key in the others.
    private mutating func findLayer() throws(StorageError) {
      let hasStored = try readStored()
      head = active.moveToEntry()
      layer = head == nil ? nil : .active
      if let lower = frozen?.moveToEntry() {
        switch head.map({ lower.order(to: $0) }) ?? -1 {
        case ..<0: (layer, head) = (.frozen, lower)
        case 0: frozen?.skip()
        default: break
        }
      }
      guard hasStored else { return }
      switch storedOrder() {
      case ..<0: (layer, head) = (.stored, nil)
      case 0: stored.removeFirst()
      default: break
      }
    }

    /// Has the next stored entry in ``stored``; returns false if there is none.
    private mutating func readStored() throws(StorageError) -> Bool {
      guard let base, let reader else { return false }
      if stored.isEmpty { try reader.read(into: &stored) }
      if stored.withFirst({ key, _ in key.hasPrefix(base.prefix) }) == true { return true }
      // What stands behind another prefix belongs to another map.
      self.reader = nil
      stored.removeAll()
      return false
    }

    /// How the next stored key compares with the next in memory.
    private func storedOrder() -> Int {
      guard let head else { return -1 }
      return withStored { key, _ in
        head.key.withUnsafeBytes { ByteOrder.order(key, with: $0) }
      } ?? 1
    }

    /// Hands the next stored entry to `body`; returns `nil` if none was read.
    private func withStored<Result, Failure>(
      _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
        throws(Failure) -> Result
    ) throws(Failure) -> Result? {
      let prefix = base?.prefix.count ?? 0
      return try stored.withFirst { key, value throws(Failure) in
        try body(UnsafeRawBufferPointer(rebasing: key[prefix...]), value)
      }
    }

    /// Hands the key at which this stands to `body`, with what is known of it; returns `nil` if there is none.
    func withEntry<Result, Failure>(
      _ body: (FoundEntry<Value>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
      if let head {
        guard let value = head.value.value else { return nil }
        return try body(.inMemory(key: head.key, value: value))
      }
      guard layer == .stored else { return nil }
      return try withStored { key, value throws(Failure) in
        try body(.stored(key: key, value: value))
      }
    }

    /// The next key and its value; `nil` behind the last.
    ///
    /// Where a stored value cannot be read, the next call goes on behind it.
    mutating func next() throws(StorageError) -> (key: [UInt8], value: Value)? {
      guard try advance() else { return nil }
      return try withEntry { entry throws(StorageError) in
        switch entry {
        case .inMemory(let key, let value): return (key, value)
        case .stored(let key, let bytes):
          let key = Array(key)
          return try base.map { base throws(StorageError) in
            (key, try base.decoded(Array(bytes), key: key))
          }
        }
      } ?? nil
    }

    /// The next key that has a value; `nil` behind the last.
    mutating func nextKey() throws(StorageError) -> [UInt8]? {
      guard try advance() else { return nil }
      return withEntry { entry in
        switch entry {
        case .inMemory(let key, _): key
        case .stored(let key, _): Array(key)
        }
      }
    }
  }

  /// Steps through the keys from `key` on that have values.
  func entries(from key: [UInt8] = []) throws(StorageError) -> Iterator {
    try Iterator(self, from: key)
  }
}

extension OrderedMap.Iterator.Head {
  /// Below 0 if the key stands before the other one, above 0 if behind it, and 0 if they are the same.
  fileprivate func order(to other: Self) -> Int {
    key.withUnsafeBytes { left in other.key.withUnsafeBytes { ByteOrder.order(left, with: $0) } }
  }
}
