import Merganser
import MerganserDatabase
import MerganserModel
import Synchronization

/// The catalogs by which a program opens stores, by the schemas that they record: clusters open few schemas, and often.
final class OpenedCatalogs: Sendable {
  private let catalogs = Mutex<[SchemaDescription: Catalog]>([:])

  /// What a program opens a store by.
  ///
  /// - Parameters:
  ///   - schema: what the store records.
  ///   - own: what the program declares.
  /// - Returns: the later of both.
  /// - Throws: ``/Merganser/OpenError``, if it cannot open such a store.
  func catalog(for schema: SchemaDescription, by own: Catalog) throws -> Catalog {
    if let known = catalogs.withLock({ $0[schema] }) { return known }
    let catalog = try own.opening(schema, at: SimulatedDisk.path)
    catalogs.withLock { $0[schema] = catalog }
    return catalog
  }
}
