/// Why a store was given a new replica.
public enum Renewal: Sendable, Hashable {
  /// The store does not go on where its last writer left it: it was copied, or an earlier state of it was put
  /// back in its place.
  case copied
  /// The machine stopped under a writer that had chosen not to wait for the disk, so that versions that
  /// others hold may be gone here.
  case lostVersions
}
