/// How much that a replica has submitted to the order may be open at a time.
///
/// What is open is in every replica's state, and waits in the order before what others submit later.
public struct RequestBudget: Hashable, Sendable {
  /// How many requests.
  public var count: Int
  /// How many bytes what they ask for has: names of transactions, and arguments.
  public var bytes: Int

  /// The budget of so many requests and bytes.
  ///
  /// - Parameters:
  ///   - count: how many requests may be open.
  ///   - bytes: how many bytes these may have.
  public init(count: Int = 10_000, bytes: Int = 16 << 20) {
    self.count = count
    self.bytes = bytes
  }

  /// Whether so much may be open.
  package func holds(_ count: Int, bytes: Int) -> Bool {
    count <= self.count && bytes <= self.bytes
  }
}
