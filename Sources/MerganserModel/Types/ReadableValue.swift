import MerganserTypes

/// A value as tools show it to people and to other programs.
package enum ReadableValue: Equatable, Sendable {
  /// What a counter shows, or a number that was written.
  case integer(Int64)
  /// Text, or anything else as text.
  case text(String)
  /// Elements, in order; of a register, the values that stand side by side.
  case list([ReadableValue])
  /// Values by name, in the order of their names: of a map, by its keys.
  case entries([Entry])
  /// Nothing was written yet.
  case nothing
  /// The bytes are not those of a value; a text says why.
  case unreadable(String)

  /// A value with its name.
  package struct Entry: Equatable, Sendable {
    /// The name.
    package var name: String
    /// The value.
    package var value: ReadableValue

    init(_ name: String, value: ReadableValue) {
      self.name = name
      self.value = value
    }
  }

  /// A written value or an element.
  init(of element: Any) {
    let mirror = Mirror(reflecting: element)
    switch element {
    case let known as any KnownValue: self = known.readable
    case let number as any BinaryInteger:
      self = Int64(exactly: number).map { .integer($0) } ?? .text("\(number)")
    case let elements as [Any]: self = .list(elements.map(ReadableValue.init(of:)))
    case _ where mirror.displayStyle == .optional:
      self = mirror.children.first.map { ReadableValue(of: $0.value) } ?? .nothing
    default: self = .text("\(element)")
    }
  }

  /// The elements of a set, sorted as text.
  init(ofSet elements: some Sequence) {
    let readable = elements.map { ReadableValue(of: $0) }
    self = .list(readable.sorted { $0.description < $1.description })
  }

  /// The values of a map, sorted by the text of their keys.
  static func entries(ofMap entries: [(key: some Any, value: ReadableValue)]) -> ReadableValue {
    .entries(entries.map { Entry("\($0.key)", value: $0.value) }.sorted { $0.name < $1.name })
  }
}

extension ReadableValue: CustomStringConvertible {
  /// The value in one line; control characters are escaped, so that no stored text can drive a terminal.
  package var description: String {
    switch self {
    case .integer(let number): "\(number)"
    case .text(let text): text.escaped
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .entries(let entries):
      "{" + entries.map { "\($0.name.escaped): \($0.value)" }.joined(separator: ", ") + "}"
    case .nothing: "-"
    case .unreadable(let reason): "unreadable: \(reason.escaped)"
    }
  }
}

extension ReadableValue {
  /// What a counter shows, or why it shows nothing.
  init(count: () throws(LatticeError) -> Int64) {
    do { self = .integer(try count()) } catch { self = .text("\(error)") }
  }
}
