import Foundation
import MerganserDatabase

/// JSON for other programs.
enum JSONOutput {
  /// Prints a value, with its keys in order: over several lines, or on one.
  static func print(_ value: some Encodable, onOneLine: Bool = false) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
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
