/// Kinds of writes, each a bit.
package struct WriteKinds: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// One kind.
  package init(_ kind: WriteKind) {
    rawValue = 1 << UInt8(WriteKind.allCases.firstIndex(of: kind) ?? 7)
  }

  /// A row came to be.
  package static let insert = WriteKinds(.insert)
  /// A row, or one of its incarnations, went.
  package static let delete = WriteKinds(.delete)
  /// Something else was written to a row.
  package static let write = WriteKinds(.write)

  /// The kinds, in a fixed order.
  package var kinds: [WriteKind] { WriteKind.allCases.filter { contains(WriteKinds($0)) } }
}
