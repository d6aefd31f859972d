public import MerganserTypes

/// Why a bundle cannot be written or taken in.
public enum BundleError: MerganserError, Hashable {
  /// The file does not begin as a bundle does.
  case notABundle
  /// The bundle is in a format that this version of the program does not read.
  case unsupportedFormat(found: UInt32, supported: ClosedRange<UInt32>)
  /// What stands behind `offset` is not what was written, or the end is missing.
  case damaged(offset: Int, reason: String)
  /// The bundle continues from versions that are not here: those up to the given ones are to come first.
  case tooEarly(missing: VersionVector)
  /// A version or a part of the state has more bytes than a bundle takes at once.
  case tooLarge(size: Int, limit: Int)
  /// A file cannot be read or written.
  case file(path: String, reason: String)
}

extension BundleError: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .notABundle: "it is not a bundle"
    case .unsupportedFormat(let found, let supported):
      """
      the bundle has format \(found), and this program reads \(supported.lowerBound) to \
      \(supported.upperBound); use a newer version of the program
      """
    case .damaged(let offset, let reason):
      "the bundle is damaged at byte \(offset): \(reason); have it written again"
    case .tooEarly(let missing):
      """
      the bundle continues from versions that are not here, up to \
      \(missing.prefix(8).map { "\($0.0.shortDescription):\($0.1)" }.joined(separator: ", "))\
      \(missing.replicas.count > 8 ? ", and of \(missing.replicas.count - 8) more replicas" : ""); import \
      these first
      """
    case .tooLarge(let size, let limit):
      """
      \(size) bytes of one piece are more than the \(limit) that a bundle takes; if it is a row, take \
      something out of it
      """
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}
