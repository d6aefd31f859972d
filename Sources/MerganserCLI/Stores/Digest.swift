import Merganser

extension Snapshot {
  /// The digest as sixteen hexadecimal digits.
  var digestText: String {
    get throws {
      let digits = String(try digest, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }
}
