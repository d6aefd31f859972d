/// How the rows of one table refer to those of another, by their keys.
package struct KeyReference: Sendable {
  /// How a child's key names its parent's.
  package enum Form: String, Sendable {
    /// Both have the same key.
    case sameKey
    /// The child's key is a path below the parent's.
    case parentOfPath
  }

  package let form: Form
  /// Whether children go with their parents.
  package let isCascading: Bool

  /// The key of the parent that a child refers to.
  package func parentKey(of child: [UInt8]) -> [UInt8] {
    switch form {
    case .sameKey: child
    // A key of a path table was encoded by `Path`; other bytes have no parent, as no row has this key.
    case .parentOfPath: (try? Path<String, String>.split(child).parent) ?? []
    }
  }
}
