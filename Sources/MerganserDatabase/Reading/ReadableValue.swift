import MerganserTypes

/// A value as tools show it to people and to other programs.
package enum ReadableValue: Equatable, Sendable {
  /// What a counter shows, or a number that was written.
  case integer(Int64)
  /// Text, or anything else as text.
  case text(String)
  /// Elements, in order; of a register, the values that stand side by side.
  case list([ReadableValue])
  /// Nothing was written yet.
  case nothing

  /// A written value or an element.
  init(of element: Any) {
    let mirror = Mirror(reflecting: element)
    switch element {
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
}

extension ReadableValue: CustomStringConvertible {
  /// The value in one line; control characters are escaped, so that no stored text can drive a terminal.
  package var description: String {
    switch self {
    case .integer(let number): "\(number)"
    case .text(let text): Self.escaped(text)
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .nothing: "-"
    }
  }

  /// `text` without control characters.
  package static func escaped(_ text: String) -> String {
    let isControl: (Unicode.Scalar) -> Bool = {
      switch $0.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map {
      isControl($0) ? $0.escaped(asASCII: true) : String($0)
    }.joined()
  }
}

/// A type whose values tools can show without knowing what it holds.
protocol Readable: Replicated {
  /// The value to be shown.
  var readable: ReadableValue { get }
}

extension GCounter: Readable {
  var readable: ReadableValue { ReadableValue(count: { () throws(LatticeError) in try value }) }
}

extension PNCounter: Readable {
  var readable: ReadableValue { ReadableValue(count: { () throws(LatticeError) in try value }) }
}

extension ResettableCounter: Readable {
  var readable: ReadableValue { ReadableValue(count: { () throws(LatticeError) in try value }) }
}

extension EscrowCounter: Readable {
  var readable: ReadableValue { ReadableValue(count: { () throws(LatticeError) in try value }) }
}

extension LWWRegister: Readable {
  var readable: ReadableValue { value.map { ReadableValue(of: $0) } ?? .nothing }
}

extension MVRegister: Readable {
  var readable: ReadableValue {
    let values = values.map { ReadableValue(of: $0) }
    return values.count == 1 ? values[0] : values.isEmpty ? .nothing : .list(values)
  }
}

extension ORSet: Readable where Element: BinaryCodable {
  var readable: ReadableValue { ReadableValue(ofSet: self) }
}

extension GSet: Readable {
  var readable: ReadableValue { ReadableValue(ofSet: self) }
}

extension RWSet: Readable {
  var readable: ReadableValue { ReadableValue(ofSet: elements) }
}

extension LWWSet: Readable {
  var readable: ReadableValue { ReadableValue(ofSet: elements) }
}

extension ReadableValue {
  fileprivate init(count: () throws(LatticeError) -> Int64) {
    do { self = .integer(try count()) } catch { self = .text("\(error)") }
  }
}
