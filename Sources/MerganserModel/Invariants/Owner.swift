public import MerganserTypes

/// Who alone gives out a name, lets a resource, or runs what a plan gives to owners.
///
/// It is the same on every replica, for ever: what two replicas owned, both could give out. So it follows
/// from the value alone, and from who founded the database, which never changes. Once the identity of an
/// owner has ended (`Database.succeed(_:wall:)`), its heir acts in its place.
///
/// ```swift
/// Unique("a nickname is one player's", on: players, by: .owner(.founder)) { _, nickname in nickname }
/// NoOverlap("a room is let once", on: stays, by: .owner(.creator)) { key, stay in (key.parent, stay.begin, stay.end) }
/// ```
///
/// A role needs no replica's id, so that a schema is written before any is known.
public struct Owner<Value>: Sendable {
  private let find: @Sendable (Value, _ founder: ReplicaID) -> ReplicaID?

  private init(finding find: @escaping @Sendable (Value, ReplicaID) -> ReplicaID?) {
    self.find = find
  }

  /// Whom a function names; nobody where that is nothing.
  public init(_ owner: @escaping @Sendable (Value) -> ReplicaID?) {
    find = { value, _ in owner(value) }
  }

  /// The database's founder, for every value.
  public static var founder: Owner { Owner(finding: { _, founder in founder }) }

  /// Nobody: what has no owner is given out by no replica alone.
  public static var nobody: Owner { Owner(finding: { _, _ in nil }) }

  /// One replica, for every value.
  public static func replica(_ id: ReplicaID) -> Owner { Owner(finding: { _, _ in id }) }

  /// The owner that a function gives for each value.
  public static func each(_ owner: @escaping @Sendable (Value) -> Owner) -> Owner {
    Owner(finding: { value, founder in owner(value).find(value, founder) })
  }

  /// The owner of a value in the database that `founder` founded; `nil` if nobody owns it.
  public func replica(owning value: Value, founder: ReplicaID) -> ReplicaID? {
    find(value, founder)
  }
}

/// A key that begins with the id of the replica that creates what it names.
public protocol CreatorNamed: Sendable {
  /// The replica.
  var creator: ReplicaID { get }
}

extension ReplicaID: CreatorNamed {
  /// The replica itself.
  public var creator: ReplicaID { self }
}

extension Path: CreatorNamed where Parent: CreatorNamed {
  /// The replica with which the path begins.
  public var creator: ReplicaID { parent.creator }
}

extension Owner where Value: CreatorNamed {
  /// The replica with whose id the value begins: who created it, where keys are generated.
  ///
  /// Who created a row under any other key is no owner: two replicas can create the same row.
  public static var creator: Owner { Owner { value in value.creator } }
}

/// The owners of what an index holds, for whoever does not know its type.
@usableFromInline
package struct ResourceOwners: Sendable {
  /// The owner of a resource in the database that a replica founded; `nil` if nobody owns it.
  package let owner: @Sendable (_ resource: [UInt8], _ founder: ReplicaID) -> ReplicaID?
  /// A resource as a person reads it.
  package let text: @Sendable (_ resource: [UInt8]) -> String

  @usableFromInline
  init<Name: TableKey>(_ owner: Owner<Name>) {
    self.owner = { bytes, founder in
      (try? Name(keyEncoded: bytes)).flatMap { owner.replica(owning: $0, founder: founder) }
    }
    text = { bytes in (try? Name(keyEncoded: bytes)).map { "\($0)" } ?? "\(bytes)" }
  }
}
