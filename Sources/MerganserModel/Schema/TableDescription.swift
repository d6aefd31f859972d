import CXXHash
package import MerganserTypes

extension SchemaDescription {
  /// One table.
  public struct Table: Hashable, Sendable {
    /// The table's name.
    public var name: String
    /// The type of its keys.
    public private(set) var key: String
    /// The type of its values.
    public private(set) var value: String
    /// How the bytes of types are read that do not come with this package, by their names; a type that is
    /// not named has a layout that nothing tells.
    public private(set) var layouts: [String: String]

    /// The description of one table.
    public init(name: String, key: String, value: String, layouts: [String: String] = [:]) {
      self.name = name
      self.layouts = layouts.mapValues(Self.plain)
      // What older programs wrote has the properties of a struct behind its name.
      self.key = Self.splitting(key, layouts: &self.layouts)
      self.value = Self.splitting(value, layouts: &self.layouts)
    }

    /// The description of a table of the given types.
    package init(name: String, key: any StoredType.Type, value: any StoredType.Type) {
      var layouts: [String: String] = [:]
      for type in OwnTypes.all(in: [key, value]) {
        if case .declared(let text) = type.layout { layouts[type.typeName] = text }
      }
      self.init(name: name, key: key.typeName, value: value.typeName, layouts: layouts)
    }
  }
}

/// The types of a program's own that others are made of.
package enum OwnTypes {
  /// Those among `types` and their components, at any depth, that do not come with this package.
  package static func all(in types: [any StoredType.Type]) -> [any StoredType.Type] {
    var own = [any StoredType.Type]()
    var open = types
    var seen = Set<ObjectIdentifier>()
    while let type = open.popLast() {
      guard seen.insert(ObjectIdentifier(type)).inserted else { continue }
      open += type.componentTypes
      if type.layout != .named { own.append(type) }
    }
    return own
  }
}

// Comparing.
extension SchemaDescription.Table {
  /// Its types in one text, without modules.
  public var types: String { "\(value.unqualifiedTypeName) by \(key.unqualifiedTypeName)" }

  /// How many types its types are made of, with themselves.
  var typeCount: Int {
    [key, value].reduce(2) { count, name in
      count + name.utf8.count { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ",") }
    }
  }

  /// Where rows of `found`, a table of the same name, are other bytes than rows of this one; what one of
  /// both does not tell is no difference.
  package func difference(from found: Self) -> LayoutDifference? {
    guard Self.matches(key, with: found.key), Self.matches(value, with: found.value) else {
      let isShort = types != found.types
      return LayoutDifference(
        table: name, type: nil, expected: isShort ? types : "\(value) by \(key)",
        found: isShort ? found.types : "\(found.value) by \(found.key)")
    }
    for (type, expected) in layouts.sorted(by: { $0.key < $1.key }) {
      for (other, layout) in found.layouts.sorted(by: { $0.key < $1.key })
      where Self.matches(type, with: other) && layout != expected {
        return LayoutDifference(
          table: name, type: type, expected: expected, found: layout)
      }
    }
    return nil
  }

  /// This description, which a program declares, with the layouts that `stored` has of those of the program's
  /// `types` of which the program tells none.
  ///
  /// What else `stored` has was not told by a program that has the types, and is dropped.
  package func completed(by stored: Self, for types: [any StoredType.Type]) -> Self {
    var layouts = layouts
    for type in types {
      let type = type.typeName
      guard layouts[type] == nil else { continue }
      let told = stored.layouts.filter { Self.matches($0.key, with: type) }
      layouts[type] = told.min { $0.key < $1.key }?.value
    }
    if layouts.count > Self.maximumLayouts { layouts = self.layouts }
    return Self(name: name, key: key, value: value, layouts: layouts)
  }

  /// Whether two names can be those of one type: they are equal, but that older programs wrote no modules.
  private static func matches(_ a: String, with b: String) -> Bool {
    if a == b { return true }
    let mine = a.typeNameTokens
    let theirs = b.typeNameTokens
    return mine.count == theirs.count
      && zip(mine, theirs).allSatisfy { one, other in
        let short = one.lastTypeNameComponent
        let otherShort = other.lastTypeNameComponent
        return one == other || short == otherShort && (one == short || other == otherShort)
      }
  }
}

// Reading and writing.
extension SchemaDescription.Table {
  /// What stands between the parts of a type's text.
  private static let separator: Character = "\u{1F}"

  /// How many layouts a table has at most.
  static let maximumLayouts = 64
  /// How many bytes of a layout's text are kept; of a longer one, its hash stands for the rest.
  private static let maximumLayoutLength = 1000
  /// How many bytes a type's text with its layouts takes at most.
  static let maximumTextLength = 1 << 18

  /// A declared text without what would separate it from others, and of bounded length.
  private static func plain(_ text: String) -> String {
    let plain = String(text.map { $0 == separator ? " " : $0 })
    guard plain.utf8.count > maximumLayoutLength else { return plain }
    let hash = Array(plain.utf8).withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    let beginning = String(decoding: plain.utf8.prefix(maximumLayoutLength - 40), as: UTF8.self)
    return "\(beginning) … \(String(hash, radix: 16))"
  }

  /// The value's type with the layouts behind it, in one text: a program that knows no layouts reads it as
  /// a type that it does not have, and refuses the table by name.
  var valueWithLayouts: String {
    let parts = layouts.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    return ([value] + parts).joined(separator: String(Self.separator))
  }

  /// Reads a table from its texts; `nil` if the last is not as ``valueWithLayouts`` gives it.
  package init?(name: String, key: String, valueWithLayouts text: String) {
    let parts = text.split(separator: Self.separator, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count % 2 == 1, parts.count / 2 <= Self.maximumLayouts,
      text.utf8.count <= Self.maximumTextLength
    else { return nil }
    var layouts: [String: String] = [:]
    for place in stride(from: 1, to: parts.count, by: 2) {
      guard layouts.updateValue(parts[place + 1], forKey: parts[place]) == nil else { return nil }
    }
    self.init(name: name, key: key, value: parts[0], layouts: layouts)
  }

  /// Takes the properties of structs out of a type's name, `Profile(name: GCounter)`, as layouts.
  private static func splitting(_ type: String, layouts: inout [String: String]) -> String {
    // Most names have none, and are looked through once.
    guard type.utf8.contains(UInt8(ascii: ":")), type.contains(": ") else { return type }
    var rest = type.typeNameTokens[...]
    var found = [String: String]()
    guard let name = splitting(&rest, layouts: &found), rest.isEmpty else { return type }
    layouts.merge(found.mapValues(plain)) { declared, _ in declared }
    return name
  }

  /// Reads names up to the end or a bracket that was not opened here; `nil` if brackets do not match, or
  /// are too deep: the text may be hostile.
  private static func splitting(
    _ tokens: inout ArraySlice<Substring>, layouts: inout [String: String], depth: Int = 0
  ) -> String? {
    guard depth < 16 else { return nil }
    var text = ""
    var last = ""
    while let token = tokens.first, token != ")" {
      tokens.removeFirst()
      guard token == "(" else {
        text += token
        last = String(token)
        continue
      }
      guard let properties = splitting(&tokens, layouts: &layouts, depth: depth + 1),
        tokens.popFirst() == ")"
      else {
        return nil
      }
      layouts[last] = properties
    }
    return text
  }
}
