/// What was probably meant by a word that is none of those expected.
enum Suggestion {
  /// The nearest of `words`: one that begins with what was typed, or differs from it by no more than a third
  /// of its characters; `nil` if none is near.
  static func nearest(to typed: String, among words: [String]) -> String? {
    let typed = typed.lowercased().prefix(40)
    if typed.count > 1, let longer = words.first(where: { $0.hasPrefix(typed) }) { return longer }
    let near = words.map { ($0, distance(Array(typed), to: Array($0))) }.min { $0.1 < $1.1 }
    guard let (word, distance) = near, distance <= max(1, word.count / 3) else { return nil }
    return word
  }

  /// How many letters have to be put in, taken away, replaced, or exchanged with the next.
  private static func distance(_ one: [Character], to other: [Character]) -> Int {
    var rows = [Array(0...other.count)]
    for (row, character) in one.enumerated() {
      var next = [row + 1]
      for column in other.indices {
        let isSame = character == other[column]
        var least = min(rows[row][column + 1], next[column]) + 1
        least = min(least, rows[row][column] + (isSame ? 0 : 1))
        if row > 0, column > 0, character == other[column - 1], one[row - 1] == other[column] {
          least = min(least, rows[row - 1][column - 1] + 1)
        }
        next.append(least)
      }
      rows.append(next)
    }
    return rows[one.count][other.count]
  }
}
