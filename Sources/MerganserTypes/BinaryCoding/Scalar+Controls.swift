extension Unicode.Scalar {
  /// Whether a terminal or a reader would not show it, but do something at it: a control, a mark of direction, or a
  /// separator of lines.
  package var isControlling: Bool {
    if isASCII { return value < 0x20 || value == 0x7F }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }
}

extension String {
  /// The text without control characters, and without those that turn text round or hide in it.
  package var escaped: String {
    guard unicodeScalars.contains(where: \.isControlling) else { return self }
    return unicodeScalars.map {
      $0.isControlling ? $0.escaped(asASCII: true) : String($0)
    }.joined()
  }
}
