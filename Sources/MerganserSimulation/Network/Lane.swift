/// One direction of a simulated connection: what was sent and has not come yet.
struct Lane {
  /// How many pieces are on their way at most before a sender waits.
  static let capacity = 4

  private(set) var pieces: [[UInt8]] = []
  /// Whether nothing more is sent; what is on its way arrives.
  var hasEnded = false

  var hasRoom: Bool { pieces.count < Self.capacity }
  /// Whether the other end can be told something: bytes, or that there are no more.
  var hasNews: Bool { hasEnded || !pieces.isEmpty }

  mutating func put(_ bytes: [UInt8]) { pieces.append(bytes) }

  /// Takes the first bytes out.
  ///
  /// - Parameter limit: how many of the first piece; 0 for all.
  /// - Returns: the bytes; `nil` if there are none.
  mutating func take(_ limit: Int = 0) -> [UInt8]? {
    guard var first = pieces.first else { return nil }
    if limit <= 0 || first.count <= limit { return pieces.removeFirst() }
    let taken = Array(first.prefix(limit))
    first.removeFirst(limit)
    pieces[0] = first
    return taken
  }

  /// Loses what comes next.
  mutating func lose() { if !pieces.isEmpty { pieces.removeFirst() } }

  /// Has what comes next come twice.
  mutating func repeatFirst() { if let first = pieces.first { pieces.insert(first, at: 0) } }

  /// Has what comes next come behind what was sent after it: of a single piece, its second half first.
  mutating func reorder() {
    if pieces.count > 1 { return pieces.swapAt(0, 1) }
    guard let first = pieces.first, first.count > 1 else { return }
    let middle = first.count / 2
    pieces[0] = Array(first[middle...])
    pieces.insert(Array(first[..<middle]), at: 1)
  }

  /// Changes a byte of what comes next.
  mutating func damage(by draw: inout Draw) {
    guard let count = pieces.first?.count, count > 0 else { return }
    pieces[0][draw.number(below: count)] ^= UInt8(1 + draw.number(below: 255))
  }
}
