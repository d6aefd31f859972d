import Foundation
import MerganserModel

/// JSON for other programs.
enum JSONOutput {
  /// Prints a value, with its keys in order: over several lines, or on one.
  static func print(_ value: some Encodable, onOneLine: Bool = false) throws {
    Swift.print(try text(value, onOneLine: onOneLine))
  }

  /// A value as ``print(_:onOneLine:)`` prints it.
  static func text(_ value: some Encodable, onOneLine: Bool = true) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// The same JSON, without any character that could drive a terminal.
  ///
  /// The encoder leaves some of them as they are. They stand in strings only.
  private static func escaped(_ json: String) -> String {
    guard json.unicodeScalars.contains(where: isHidden) else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      guard isHidden(scalar) else { return text.unicodeScalars.append(scalar) }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\n" && scalar.isControlling
  }
}

extension ReadableValue: Encodable {
  /// A name of an object's member.
  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .integer(let number): try number.encode(to: encoder)
    case .text(let text): try text.encode(to: encoder)
    case .list(let elements): try elements.encode(to: encoder)
    case .entries(let entries):
      var members = encoder.container(keyedBy: Name.self)
      for entry in entries {
        try members.encode(entry.value, forKey: Name(stringValue: entry.name))
      }
    case .unreadable(let reason): try ["unreadable": reason].encode(to: encoder)
    case .nothing:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    }
  }
}
