/// Names for what is written beside a file or a folder, and takes that name once it is whole.
package enum PartialName {
  /// How such names end.
  package static let ending = ".partial"

  /// A name beside `path` that nobody has: what stands under one that could be guessed is somebody's.
  package static func make(beside path: String) -> String {
    let number = String(UInt64.random(in: 0 ... .max), radix: 36)
    return "\(path).\(number)\(ending)"
  }
}
