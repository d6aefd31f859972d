/// Prints what one thing takes at several sizes, the least of three runs, and how many times as long each takes
/// as at the size before.
func growth(_ work: String, sizes: [Int], measure: (Int) throws -> Double) throws {
  print("  \(work):")
  var last: Double?
  for size in sizes {
    let taken = try (0..<3).map { _ in try measure(size) }.min() ?? 0
    let ratio = last.map { "  × \((taken / $0 * 10).rounded() / 10)" } ?? ""
    print("    \(text(Double(size))): \((taken * 100_000).rounded() / 100) ms\(ratio)")
    last = taken
  }
}
