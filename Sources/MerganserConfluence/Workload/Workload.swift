public import MerganserDatabase
public import MerganserModel
public import MerganserTypes

/// What is to be decided: a schema, what stands in the database at first, and the transactions that
/// replicas run, each with the arguments that are tried.
///
/// The transactions are the program's own closures. They must be functions of what they read and of
/// their arguments: the same call on the same state writes the same.
public struct Workload: Sendable {
  /// The name by which reports call it.
  public let name: String
  /// The schema.
  public internal(set) var catalog: Catalog
  /// What stands in the database before the replicas part; committed by the founder.
  public internal(set) var start: @Sendable (borrowing Transaction) throws -> Void
  /// What replicas run.
  public internal(set) var transactions: [AnyDeclaredTransaction]
  /// The invariants that are looked at, in the schema's order; `nil` for all of them.
  var considered: Set<String>?
  /// By value of an argument that has owners: the place of its owner; `nil` where these are not chosen yet.
  var owners: [String: Int]?
  /// The names of the replicas of a search, by their places.
  package private(set) var names = Workload.replicas
  /// The state in which the replicas part, where it is another than what the start makes.
  var origin: WorkloadOrigin?

  /// A workload over a schema.
  ///
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema makes no sense.
  public init(
    _ name: String, of schema: some Schema,
    start: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in },
    @TransactionsBuilder transactions: () -> [AnyDeclaredTransaction]
  ) throws(SchemaError) {
    self.name = name
    catalog = try Catalog(schema)
    self.start = start
    self.transactions = transactions()
    try self.transactions.check()
  }

  /// A workload over a schema that declares its transactions.
  ///
  /// - Parameters:
  ///   - name: the name by which reports call it; the schema's type if none is given.
  ///   - schema: the schema.
  ///   - start: what stands in the database before the replicas part; what the schema says if none is given, which
  ///     is what replicas begin with.
  /// - Throws: ``/MerganserModel/SchemaError``, if the schema makes no sense.
  public init(
    _ name: String? = nil, of schema: some TransactionSchema,
    start: (@Sendable (borrowing Transaction) throws -> Void)? = nil
  ) throws(SchemaError) {
    self.name = name ?? "\(type(of: schema))"
    catalog = try Catalog(schema)
    self.start = start ?? { tx in try schema.start(tx) }
    transactions = schema.transactions
  }

  /// The invariants that are looked at.
  var invariants: [BoundInvariant] {
    guard let considered else { return catalog.invariants }
    return catalog.invariants.filter { considered.contains($0.invariant.name) }
  }

  /// What transactions may write in a search at a replica.
  package func clearance(at place: Int) -> Clearance {
    var clearance = catalog.searchClearance
    if place > 0 { clearance.order = .nothing }
    return clearance
  }

  /// The replicas of a search; the first is the founder, and the primary of what is ordered.
  ///
  /// Their names are as irregular as those of others, and the founder's lies between those of the second and the third: what
  /// compares names is seen to come out either way where three are searched.
  public static let replicas = [
    SearchedStart.founder,
    ReplicaID(high: 0xA54F_F53A_5F1D_36F1, low: 0xC7FA_2B4C_0B21_5EA5),
    ReplicaID(high: 0x3C6E_F372_FE94_F82B, low: 0xE739_80C0_B9DB_9068),
    ReplicaID(high: 0x510E_527F_ADE6_82D1, low: 0xDE49_E330_E42B_4CBB),
  ]

  /// Whether the replicas have the names that those of a search have.
  var hasUsualNames: Bool { names == Workload.replicas }

  /// The workload with the names of replicas that own something, behind the founder's.
  func naming(_ owners: Set<ReplicaID>) -> Workload {
    var named = self
    let known = owners.union(names.filter { !Workload.replicas.contains($0) }).sorted()
    named.names = Array(
      (names.prefix(1) + known + Workload.replicas.dropFirst().filter { !known.contains($0) })
        .prefix(names.count))
    return named
  }

  /// The workload with other names for `count` replicas.
  ///
  /// Of these, each number comes before the founder's that can, but for the one that does already. Who hands on has a name
  /// that stands nowhere.
  func otherNames(of count: Int) -> [Workload] {
    let usual = Workload.replicas
    let before = [
      usual[2], usual[3], ReplicaID(high: 0x1F83_D9AB_FB41_BD6B, low: 0x5BE0_CD19_137E_2179),
    ]
    let behind = [
      usual[1], ReplicaID(high: 0xBB67_AE85_84CA_A73B, low: 0x9B05_688C_2B3E_6C1F),
      ReplicaID(high: 0xE3B0_C442_98FC_1C14, low: 0x27AE_41E4_649B_934C),
    ]
    let relay = ReplicaID(high: 0x5BE0_CD19_137E_2179, low: 0x1F83_D9AB_FB41_BD6B)
    return (0..<count).compactMap { less in
      let others = behind.prefix(count - 1 - less) + before.prefix(less)
      if Array(others) == Array(names[1..<count]) { return nil }
      var other = self
      other.names = [names[0]] + others
      if count < names.count { other.names.append(relay) }
      return other
    }
  }

  /// What a replica of a search is called in reports.
  static func name(ofReplica place: Int) -> String {
    let names = ["A", "B", "C", "D"]
    return names.indices.contains(place) ? names[place] : "\(place)"
  }
}

/// A state that all replicas have in common.
struct WorkloadOrigin: Sendable {
  let state: DatabaseState
  let clock: UInt64
}

extension Workload {
  /// The values of arguments that have owners, each once.
  var ownedValues: [String] {
    var values: [String] = []
    for transaction in transactions {
      guard case .owned(let argument) = transaction.placement else { continue }
      for call in transaction.calls where call.arguments.indices.contains(argument) {
        let value = call.arguments[argument]
        if !values.contains(value) { values.append(value) }
      }
    }
    return values
  }

  /// The ways in which replicas can own the values, none of which is another one with replicas behind the first
  /// exchanged; `nil` if they are too many.
  ///
  /// Which replica owns what is the program's to say: a search that deals values out in one way sees two of them part
  /// that another way gives to one, and the other way round.
  func ownerships(among count: Int) -> [[String: Int]]? {
    let values = ownedValues
    // The founder's, and those of so many others as have any, in the order in which they come.
    var ways: [(owners: [String: Int], others: Int)] = [([:], 0)]
    for value in values {
      ways = ways.flatMap { way in
        (0...min(way.others + 1, count - 1)).map { place in
          var owners = way.owners
          owners[value] = place
          return (owners, max(way.others, place))
        }
      }
      if ways.count > Self.mostOwnerships { return nil }
    }
    return ways.map(\.owners)
  }

  private static let mostOwnerships = 64

  /// By transaction and call: at which of `count` replicas it may run.
  ///
  /// The value of an argument that has owners is at its owner; where these are not chosen, the values are dealt out to
  /// the replicas in turn.
  func places(among count: Int) -> [[[Bool]]] {
    var owners = owners ?? [:]
    for value in ownedValues where owners[value] == nil { owners[value] = owners.count % count }
    return transactions.map { transaction in
      transaction.calls.map { call in
        (0..<count).map { place in
          switch transaction.placement {
          case .everywhere: true
          case .ordered: place == 0
          case .owned(let argument):
            call.arguments.indices.contains(argument) && owners[call.arguments[argument]] == place
          }
        }
      }
    }
  }
}
