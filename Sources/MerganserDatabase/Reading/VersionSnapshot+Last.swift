public import MerganserModel
public import MerganserTypes

extension VersionSnapshot {
  /// The vector behind which the last versions follow: `count` of them, or as many as the log has.
  ///
  /// Which are the last is decided by the times of their commits, on their origins' hybrid clocks: none
  /// of those before depends on one of them.
  ///
  /// - Parameters:
  ///   - count: how many versions.
  ///   - origins: whose versions are counted; all, if nothing is given.
  /// - Returns: the vector; the log's own, where none is asked for.
  /// - Complexity: O(*n*) in what is read: at most about twice as many versions of each origin.
  /// - Throws: ``/MerganserModel/StorageError``.
  public func vector(
    beforeLast count: Int, of origins: Set<ReplicaID>? = nil
  ) throws(StorageError) -> VersionVector {
    guard count > 0 else { return vector }
    var last: [VersionTime] = []
    for origin in heads.keys where origins?.contains(origin) ?? true {
      last += try tail(of: origin) { $0.count >= count }.suffix(count)
    }
    last.sort()
    guard let first = last.suffix(count).first else { return vector }
    var vector = vector
    for origin in heads.keys {
      let tail = try tail(of: origin) { $0.first.map { $0 < first } ?? true }
      guard let next = tail.first(where: { !($0 < first) }) else { continue }
      vector[origin] = next.sequence - 1
    }
    return vector
  }

  /// The vector behind which the versions follow that were committed at a time or after it.
  ///
  /// - Parameter time: the time, on the origins' hybrid clocks.
  /// - Returns: the vector; it has all that the log no longer has.
  /// - Complexity: as ``vector(beforeLast:of:)``.
  /// - Throws: ``/MerganserModel/StorageError``.
  public func vector(before time: HybridTime) throws(StorageError) -> VersionVector {
    var vector = vector
    for origin in heads.keys {
      let tail = try tail(of: origin) { $0.first.map { $0.time < time } ?? true }
      if let next = tail.first(where: { $0.time >= time }) { vector[origin] = next.sequence - 1 }
    }
    return vector
  }

  /// The latest time of what the storage holds: from there its replica's hybrid clock goes on.
  ///
  /// - Complexity: O(*n*) in the number of origins.
  /// - Throws: ``/MerganserModel/StorageError``.
  public var latestTime: HybridTime {
    get throws(StorageError) {
      var latest = state.checkpoint?.time ?? .zero
      for origin in heads.keys {
        // An origin's times ascend.
        latest = max(latest, try lastTime(of: origin) ?? .zero)
      }
      return latest
    }
  }

  /// When the last version of an origin was committed; `nil` if the log no longer has it.
  ///
  /// - Throws: ``/MerganserModel/StorageError``.
  public func lastTime(of origin: ReplicaID) throws(StorageError) -> HybridTime? {
    try tail(of: origin) { !$0.isEmpty }.last?.time
  }

  /// The last versions of an origin, from so far back that `isEnough`, or all that the log has.
  private func tail(
    of origin: ReplicaID, isEnough: ([VersionTime]) -> Bool
  ) throws(StorageError) -> [VersionTime] {
    let truncatedTo = truncation(of: origin)?.sequence ?? 0
    guard let last = head(of: origin)?.sequence, last > truncatedTo else { return [] }
    var distance: UInt64 = 16
    while true {
      let start = last - truncatedTo > distance ? last - distance : truncatedTo
      var tail: [VersionTime] = []
      let reader = try versions(of: origin, after: start)
      while let version = try reader.next() { tail.append(try VersionTime(version)) }
      if start == truncatedTo || isEnough(tail) { return tail }
      distance *= 4
    }
  }
}

/// When a version was committed, and where.
private struct VersionTime: Comparable {
  let time: HybridTime
  let origin: ReplicaID
  /// Its first sequence number.
  let sequence: UInt64

  init(_ version: StoredVersion) throws(StorageError) {
    do {
      time = try version.payload.withUnsafeBytes { bytes throws(BinaryDecodingError) in
        try StoredVersion.beginning(of: bytes).time
      }
    } catch {
      throw .damaged(
        place: "version \(Dot(version.origin, sequence: version.sequences.lowerBound))",
        reason: "\(error)")
    }
    origin = version.origin
    sequence = version.sequences.lowerBound
  }

  static func < (a: VersionTime, b: VersionTime) -> Bool {
    (a.time, a.origin, a.sequence) < (b.time, b.origin, b.sequence)
  }
}
