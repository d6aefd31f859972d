public import MerganserTypes

/// Who makes the writes that two replicas, apart, could break an invariant by: the one word by which a schema chooses.
///
/// ```swift
/// // Each room is let by the branch that it belongs to, which asks nobody.
/// NoOverlap("a room is let once", on: stays, by: .owner(.creator)) { key, stay in (key.parent, stay.begin, stay.end) }
/// // The halls are everybody's: they are booked in one order.
/// NoOverlap("a hall is booked once", on: bookings, by: .order("halls")) { key, stay in (key, stay.begin, stay.end) }
/// ```
///
/// What is owned is written at once, by its owner alone. What is ordered is written by declared
/// transactions, which are submitted anywhere and run at one replica, the primary, one after the other; so every
/// invariant holds that each of them keeps by itself.
public struct Coordination<Value>: Sendable {
  /// Who owns each value; `nil` if nobody does.
  @usableFromInline package let owner: Owner<Value>?
  /// The group of tables that are ordered together; `nil` if these are not.
  @usableFromInline package let group: String?
  /// Whether, of rows that conflict, all but one are void.
  @usableFromInline package let isVoiding: Bool

  @usableFromInline
  init(owner: Owner<Value>?, group: String?, isVoiding: Bool = false) {
    self.owner = owner
    self.group = group
    self.isVoiding = isVoiding
  }

  /// Nobody: such writes are refused, unless a plan says how the transactions run that make them.
  @inlinable public static var nobody: Coordination { Coordination(owner: nil, group: nil) }

  /// The primary of a group, in one order with all other writes to the group's tables.
  ///
  /// The invariant's tables are in the group then, with those of all other invariants that name it: their rows come, change
  /// and go by ordered transactions alone, from the first on.
  ///
  /// - Parameter group: the group's name.
  /// - Returns: the order of that group.
  @inlinable
  public static func order(_ group: String) -> Coordination {
    Coordination(owner: nil, group: group)
  }
}

extension Coordination where Value: TableKey {
  /// The owner of each value.
  @inlinable
  public static func owner(_ owner: Owner<Value>) -> Coordination {
    Coordination(owner: owner, group: nil)
  }

  /// Nobody, and what conflicts is void: rows are written everywhere, and where two conflict that were written apart, the
  /// one with the lesser key stands.
  ///
  /// A row is *void* if it conflicts with a row that stands and has a lesser key. That follows from the rows alone, so that all
  /// replicas which hold the same say the same. The row stays, with a mark (`Snapshot.voidMark(of:in:)`); whoever observes the
  /// replica is told (`ReplicaEvent.voided`). A row that was written where the other one was known is refused. For what was
  /// written earlier to stand, keys begin with the time.
  ///
  /// It costs what no order costs: what was written may be taken back when replicas meet, so nothing should rest on it before
  /// that. For ``Unique`` and ``NoOverlap``. This is the no-op policy of Borrego, Ferreira, Preguiça, ECOOP 2025.
  @inlinable public static var voiding: Coordination {
    Coordination(owner: nil, group: nil, isVoiding: true)
  }

  /// The owner that a function names for each value, or nobody; the same on every replica, for ever.
  @inlinable
  public static func owner(_ owner: @escaping @Sendable (Value) -> ReplicaID?) -> Coordination {
    .owner(Owner(owner))
  }
}
