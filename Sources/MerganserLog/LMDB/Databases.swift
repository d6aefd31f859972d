import CLMDB

extension Environment {
  /// The databases of a store's data file.
  enum Database: String, CaseIterable {
    case meta, replica, log, vector, state, index
    /// Since format 2.
    case counts, parts, checkpoint
    /// Since format 3.
    case aside, spine

    /// The first of the store's formats that has it.
    var firstFormat: UInt64 {
      switch self {
      case .meta, .replica, .log, .vector, .state, .index: 1
      case .counts, .parts, .checkpoint: 2
      case .aside, .spine: 3
      }
    }
  }

  /// LMDB's numbers for the databases that a data file has.
  struct Databases: Sendable {
    private var meta, replica, log, vector, state, index, counts, parts, checkpoint: MDB_dbi?
    private var aside, spine: MDB_dbi?

    subscript(database: Database) -> MDB_dbi? {
      get {
        switch database {
        case .meta: meta
        case .replica: replica
        case .log: log
        case .vector: vector
        case .state: state
        case .index: index
        case .counts: counts
        case .parts: parts
        case .checkpoint: checkpoint
        case .aside: aside
        case .spine: spine
        }
      }
      set {
        switch database {
        case .meta: meta = newValue
        case .replica: replica = newValue
        case .log: log = newValue
        case .vector: vector = newValue
        case .state: state = newValue
        case .index: index = newValue
        case .counts: counts = newValue
        case .parts: parts = newValue
        case .checkpoint: checkpoint = newValue
        case .aside: aside = newValue
        case .spine: spine = newValue
        }
      }
    }

    init() {}

    /// Whether some are not there, since the store is of an earlier format.
    var areIncomplete: Bool { spine == nil }
  }
}
