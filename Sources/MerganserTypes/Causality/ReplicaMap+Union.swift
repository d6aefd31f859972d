extension ReplicaMap {
  /// The merge of two sides' replicas and values, both in order, into memory for all of them.
  ///
  /// Which side comes next is computed rather than branched on, as nothing could predict it; and what
  /// comes next waits for what came before. Both halves of the order are therefore merged at the same
  /// time, which takes hardly longer than one.
  @usableFromInline
  struct Union {
    @usableFromInline let a: UnsafeBufferPointer<ReplicaID>
    @usableFromInline let x: UnsafeBufferPointer<Value>
    @usableFromInline let b: UnsafeBufferPointer<ReplicaID>
    @usableFromInline let y: UnsafeBufferPointer<Value>
    @usableFromInline let out: UnsafeMutableBufferPointer<ReplicaID>
    @usableFromInline let values: UnsafeMutableBufferPointer<Value>
    /// How many entries stand in the merge's memory so far.
    @usableFromInline var count = 0
    /// Whether anything on our side grew.
    @usableFromInline var grew = false

    @inlinable
    init(
      a: UnsafeBufferPointer<ReplicaID>, x: UnsafeBufferPointer<Value>,
      b: UnsafeBufferPointer<ReplicaID>, y: UnsafeBufferPointer<Value>,
      into out: UnsafeMutableBufferPointer<ReplicaID>, values: UnsafeMutableBufferPointer<Value>
    ) {
      self.a = a
      self.x = x
      self.b = b
      self.y = y
      self.out = out
      self.values = values
    }

    /// Merges all.
    @inlinable
    mutating func merge(_ join: (inout Value, Value) -> Bool) {
      guard a.count >= 16, b.count >= 16 else {
        return append(0..<a.count, theirs: 0..<b.count, join: join)
      }
      let middle = a.count / 2
      let split = b.partitioningIndex(from: a[middle])
      let halves = mergeHalves(middle, split: split)
      // Up to where both got, and then the rest of each half.
      let start = middle + split
      let length = halves.k - middle + halves.l - split
      count = halves.i + halves.j
      if halves.j > 0 || halves.l > split { grew = true }
      append(halves.i..<middle, theirs: halves.j..<split, join: join)
      if count < start, let replicas = out.baseAddress, let values = values.baseAddress {
        (replicas + count).moveInitialize(from: replicas + start, count: length)
        (values + count).moveInitialize(from: values + start, count: length)
      }
      count += length
      append(halves.k..<a.count, theirs: halves.l..<b.count, join: join)
    }

    /// Merges both halves, the second from the place on where it stands if no replica is common, until
    /// a side of a half is used up or both begin with the same bits; tells how far each got.
    @inlinable
    func mergeHalves(_ middle: Int, split: Int) -> (i: Int, j: Int, k: Int, l: Int) {
      var i = 0
      var j = 0
      var k = middle
      var l = split
      while i < middle, j < split, k < a.count, l < b.count {
        let mine = a[i].high
        let theirs = b[j].high
        let later = a[k].high
        let other = b[l].high
        if mine == theirs || later == other { break }
        let first = mine < theirs ? 1 : 0
        out.initializeElement(at: i &+ j, to: (mine < theirs ? a : b)[mine < theirs ? i : j])
        values.initializeElement(at: i &+ j, to: (mine < theirs ? x : y)[mine < theirs ? i : j])
        i &+= first
        j &+= 1 &- first
        let second = later < other ? 1 : 0
        out.initializeElement(at: k &+ l, to: (later < other ? a : b)[later < other ? k : l])
        values.initializeElement(at: k &+ l, to: (later < other ? x : y)[later < other ? k : l])
        k &+= second
        l &+= 1 &- second
      }
      return (i, j, k, l)
    }

    /// Merges a part of each side behind what stands there.
    @inlinable
    mutating func append(
      _ ours: Range<Int>, theirs: Range<Int>, join: (inout Value, Value) -> Bool
    ) {
      var i = ours.lowerBound
      var j = theirs.lowerBound
      let before = count
      while i < ours.upperBound, j < theirs.upperBound {
        let mine = a[i].high
        let theirs = b[j].high
        if mine == theirs, a[i].low == b[j].low {
          var value = x[i]
          if join(&value, y[j]) { grew = true }
          put(a[i], value: value)
          i &+= 1
          j &+= 1
        } else {
          let isMine = mine == theirs ? a[i].low < b[j].low : mine < theirs
          put((isMine ? a : b)[isMine ? i : j], value: (isMine ? x : y)[isMine ? i : j])
          i &+= isMine ? 1 : 0
          j &+= isMine ? 0 : 1
        }
      }
      for index in i..<ours.upperBound { put(a[index], value: x[index]) }
      for index in j..<theirs.upperBound { put(b[index], value: y[index]) }
      if count &- before > ours.count { grew = true }
    }

    @inlinable
    mutating func put(_ replica: ReplicaID, value: Value) {
      out.initializeElement(at: count, to: replica)
      values.initializeElement(at: count, to: value)
      count &+= 1
    }
  }
}

extension UnsafeBufferPointer<ReplicaID> {
  /// The position of the first replica, in order, that does not come before `replica`.
  @inlinable
  func partitioningIndex(from replica: ReplicaID) -> Int {
    // Which half comes next is computed, as nothing could predict it.
    var low = 0
    var length = count
    while length > 1 {
      let half = length / 2
      low = self[low &+ half &- 1] < replica ? low &+ half : low
      length &-= half
    }
    return length == 1 && self[low] < replica ? low + 1 : low
  }
}
