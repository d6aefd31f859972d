/// The name of a type in a schema's description: a base, and arguments between `<` and `>`.
struct TypeName: Equatable {
  /// How deep arguments are read: no type of ours is that deep, and stored text may be hostile.
  private static let maximumDepth = 8

  var base: String
  var arguments: [TypeName] = []

  /// Reads a name; `nil` if it is none, or too deep.
  init?(_ text: String) {
    var rest = Substring(text)
    guard let name = Self.read(&rest, depth: 0), rest.isEmpty else { return nil }
    self = name
  }

  private init(base: String) { self.base = base }

  private static func read(_ text: inout Substring, depth: Int) -> TypeName? {
    guard depth < maximumDepth else { return nil }
    let base = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    guard !base.isEmpty else { return nil }
    var name = TypeName(base: String(base))
    text = text.dropFirst(base.count)
    guard text.first == "<" else { return name }
    repeat {
      text = text.dropFirst().drop { $0 == " " }
      guard let argument = read(&text, depth: depth + 1) else { return nil }
      name.arguments.append(argument)
    } while text.first == ","
    guard text.first == ">" else { return nil }
    text = text.dropFirst()
    return name
  }
}
