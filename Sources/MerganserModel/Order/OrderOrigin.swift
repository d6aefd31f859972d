import CXXHash
package import MerganserTypes

/// The identity under which what voters have chosen is written: nobody's own, so that whoever is primary goes on where
/// the last one ended.
///
/// It follows from the founder and from how often an operator has ended the order, as a lost majority of voters makes
/// necessary: what the ended one wrote ends as that of other identities does (``Cut``), and the next begins.
package enum OrderOrigin {
  /// The identity of the order that begins behind so many ends.
  package static func identity(behind ends: UInt64, founder: ReplicaID) -> ReplicaID {
    ReplicaID(high: mark(founder), low: ends)
  }

  /// How many ends are behind the order whose identity this is; `nil` if it is a replica's.
  package static func ends(of identity: ReplicaID, founder: ReplicaID) -> UInt64? {
    identity.high == mark(founder) ? identity.low : nil
  }

  private static func mark(_ founder: ReplicaID) -> UInt64 {
    let bytes = Array("merganser.order".utf8) + founder.binaryEncoded()
    return bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
  }
}
