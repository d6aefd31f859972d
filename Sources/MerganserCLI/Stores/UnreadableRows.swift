import MerganserModel

/// The rows that a command came upon and could not read: it shows the others, and then fails.
struct UnreadableRows {
  private var count = 0
  private var first = ""

  /// Notes a row, if its value cannot be read.
  mutating func note(_ value: ReadableValue, table: String, key: String) {
    guard case .unreadable = value else { return }
    if count == 0 { first = "row \(key) of table \(table)" }
    count += 1
  }

  /// Fails if there is any, in the store at `path`.
  func fail(of path: String) throws {
    if count == 0 { return }
    let what = count == 1 ? first : "\(count) rows, the first of them \(first),"
    throw Failure("\(what) cannot be read; merganser verify \(path) says more")
  }
}
