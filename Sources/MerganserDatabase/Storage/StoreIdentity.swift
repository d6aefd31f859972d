public import MerganserModel
public import MerganserTypes

/// Whose store it is: the replica, the database that it belongs to, and what its tables are.
public struct StoreIdentity: Equatable, Sendable {
  /// The replica whose versions are written here.
  public var replica: ReplicaID
  /// The database's first replica, which stands for the database.
  public var founder: ReplicaID
  /// The description of the schema, for tools that do not have it in code.
  public var schema: SchemaDescription

  /// The identity with the given parts.
  public init(replica: ReplicaID, founder: ReplicaID, schema: SchemaDescription) {
    self.replica = replica
    self.founder = founder
    self.schema = schema
  }
}
