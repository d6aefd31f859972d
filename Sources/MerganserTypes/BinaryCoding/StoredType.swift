/// A type whose values stand in a store: as a key, as a row, or inside of what a row holds.
///
/// A store records the names of its tables' types, so that tools read it without the program that wrote it,
/// and so that a program which reads other bytes is refused before it writes. A name alone does not say
/// how the bytes are read. ``layout`` does, in one of three ways:
///
/// - A type that comes with this package is known by its name and by those of its component types:
///   nobody declares anything.
/// - `@Lattice` makes the layout of a struct from its properties.
/// - A type that a program encodes by hand declares it:
///
/// ```swift
/// enum Colour: UInt8, Hashable, BinaryCodable {
///   case red, green
///   static var layout: Layout { "one byte, red 0, green 1" }
///
///   func encode(to encoder: inout BinaryEncoder) { encoder.encode(byte: rawValue) }
///
///   init(from decoder: inout BinaryDecoder) throws(BinaryDecodingError) {
///     let offset = decoder.offset
///     guard let colour = Colour(rawValue: try decoder.decodeByte()) else {
///       throw .invalidValue(offset: offset, expected: "0 or 1")
///     }
///     self = colour
///   }
/// }
/// ```
///
/// The text is compared, and not read: change it when the bytes change. Where no layout is declared,
/// opening a store reads a sample of the rows that are there, and refuses the store if most of them cannot
/// be read.
public protocol StoredType: Sendable {
  /// The type's name in a stored schema; the same in every version of the program.
  ///
  /// The default is the name with its module and with the types around it, so that two types of one
  /// short name differ. A type that moves to another module declares the name that it had.
  static var typeName: String { get }

  /// How the type's bytes are read.
  static var layout: Layout { get }

  /// The types of the values that the type's bytes are made of, where their layouts count beside its own.
  static var componentTypes: [any StoredType.Type] { get }
}

/// How the bytes of a type are read, as far as a stored schema tells.
public enum Layout: Hashable, Sendable {
  /// The type's name and the layouts of its component types tell.
  case named
  /// The program tells, in a text of its own: two types of one name are the same only if their texts are.
  case declared(String)
  /// Nothing tells; the rows that are stored do.
  case unknown
}

extension Layout: ExpressibleByStringLiteral {
  /// The layout that a text declares.
  public init(stringLiteral text: String) { self = .declared(text) }
}

extension StoredType {
  /// The type's name with its module and the types around it.
  public static var typeName: String { qualifiedTypeName(of: Self.self) }

  /// Nothing tells how the bytes are read.
  public static var layout: Layout { .unknown }

  /// No types.
  public static var componentTypes: [any StoredType.Type] { [] }
}

/// A type that comes with this package, known by its name.
///
/// Do not declare conformances. Which these are stands in one list, `KnownTypes` in MerganserModel.
public protocol BuiltInType: StoredType {}

extension BuiltInType {
  /// The type's own name, with those of its component types in brackets.
  public static var typeName: String {
    let base = String(describing: Self.self).prefix { $0 != "<" }
    let components = componentTypes
    if components.isEmpty { return String(base) }
    return base + "<" + components.map { $0.typeName }.joined(separator: ", ") + ">"
  }

  /// The name tells.
  public static var layout: Layout { .named }
}

/// A type's name as the runtime gives it, without what differs from one build or platform to another.
private func qualifiedTypeName(of type: Any.Type) -> String {
  String(reflecting: type)
    // The address of a private type's scope, and the module of an extension around a type.
    .replacing(#/\(unknown context at \$[0-9A-Fa-f]+\)\./#, with: "")
    .replacing(#/\(extension in [^)]*\):/#, with: "")
    .replacing("FoundationEssentials.", with: "Foundation.")
}

extension String {
  /// This name of a type with no module and no types around any part of it.
  package var unqualifiedTypeName: String {
    typeNameTokens.map { String($0.lastTypeNameComponent) }.joined()
  }

  /// The names in this name of a type, and what stands between them.
  package var typeNameTokens: [Substring] {
    var tokens: [Substring] = []
    var rest = self[...]
    while let first = rest.first {
      let isName = !first.separatesTypeNames
      let token = isName ? rest.prefix { !$0.separatesTypeNames } : rest.prefix(1)
      tokens.append(token)
      rest = rest.dropFirst(token.count)
    }
    return tokens
  }
}

extension Substring {
  /// What stands behind the last period.
  package var lastTypeNameComponent: Substring {
    lastIndex(of: ".").map { self[index(after: $0)...] } ?? self
  }
}

extension Character {
  fileprivate var separatesTypeNames: Bool { "<>(),: ".contains(self) }
}
