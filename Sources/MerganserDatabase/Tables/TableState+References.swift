import MerganserModel

extension TableState {
  /// The keys that refer to a parent; of these some may have no row.
  ///
  /// A path's children stand together behind its key.
  func keys(
    referringTo parent: [UInt8], by reference: KeyReference
  ) throws(StorageError) -> [[UInt8]] {
    switch reference.form {
    case .sameKey: return [parent]
    case .parentOfPath:
      let prefix = Path<String, String>.prefix(below: parent)
      var children: [[UInt8]] = []
      var keys = try keys(from: prefix)
      while let child = try keys.next(), child.starts(with: prefix) { children.append(child) }
      return children
    }
  }
}
