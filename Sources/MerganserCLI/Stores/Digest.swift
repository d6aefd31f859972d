import Merganser

extension Snapshot {
  /// The digest as sixteen hexadecimal digits.
  var digestText: String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
