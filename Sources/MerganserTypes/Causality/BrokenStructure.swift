#if DEBUG
  /// An invariant of a data structure that does not hold: a fault of this package, whatever it was given.
  package struct BrokenStructure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Throws unless an invariant holds; the file that asks is named after the structure.
  ///
  /// - Throws: ``BrokenStructure``, which names the structure and the property.
  package func ensure(
    _ holds: Bool, that property: StaticString, file: StaticString = #fileID, line: UInt = #line
  ) throws(BrokenStructure) {
    if holds { return }
    throw BrokenStructure(description: "\(file):\(line): it does not hold that \(property)")
  }
#endif
