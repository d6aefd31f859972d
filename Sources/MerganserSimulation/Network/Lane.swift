/// One direction of a simulated connection: what was sent and has not come yet.
struct Lane {
  /// How many pieces are on their way at most before a sender waits.
  static let capacity = 4

  /// Bytes that were sent at once, and when.
  private struct Piece {
    var bytes: [UInt8]
    let sent: Int
  }

  private var queue: [Piece] = []
  /// Whether nothing more is sent; what is on its way arrives.
  var hasEnded = false

  var isEmpty: Bool { queue.isEmpty }
  var hasRoom: Bool { queue.count < Self.capacity }
  /// What is on its way, the first first.
  var pieces: [[UInt8]] { queue.map(\.bytes) }
  /// When the first of it was sent.
  var firstSent: Int? { queue.first?.sent }
  /// Whether the other end can be told something: bytes, or that there are no more.
  var hasNews: Bool { hasEnded || !queue.isEmpty }

  /// Sends bytes, at a moment.
  mutating func put(_ bytes: [UInt8], at moment: Int = 0) {
    queue.append(Piece(bytes: bytes, sent: moment))
  }

  /// Takes the first bytes out.
  ///
  /// - Parameter limit: how many of the first piece; 0 for all.
  /// - Returns: the bytes; `nil` if there are none.
  mutating func take(_ limit: Int = 0) -> [UInt8]? {
    guard let first = queue.first?.bytes else { return nil }
    if limit <= 0 || first.count <= limit { return queue.removeFirst().bytes }
    queue[0].bytes.removeFirst(limit)
    return Array(first.prefix(limit))
  }

  /// Loses what comes next.
  mutating func lose() { if !queue.isEmpty { queue.removeFirst() } }

  /// Has what comes next come twice.
  mutating func repeatFirst() { if let first = queue.first { queue.insert(first, at: 0) } }

  /// Has what comes next come behind what was sent after it: of a single piece, its second half first.
  mutating func reorder() {
    if queue.count > 1 { return queue.swapAt(0, 1) }
    guard let first = queue.first, first.bytes.count > 1 else { return }
    let middle = first.bytes.count / 2
    queue[0].bytes.removeFirst(middle)
    queue.insert(Piece(bytes: Array(first.bytes[..<middle]), sent: first.sent), at: 1)
  }

  /// Changes a byte of what comes next.
  mutating func damage(by draw: inout Draw) {
    guard let count = queue.first?.bytes.count, count > 0 else { return }
    queue[0].bytes[draw.number(below: count)] ^= UInt8(1 + draw.number(below: 255))
  }
}
