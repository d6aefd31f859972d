public import MerganserTypes

/// What can be chosen when a replica, or its store, is opened.
///
/// ```swift
/// var options = ReplicaOptions()
/// options.durability = .survivesProcessCrash
/// options.retention.history = 64 << 20
/// let shop = try await Replica.open(Shop(), at: "shop", options: options)
/// ```
///
/// Each has a range. What is outside is refused by name (``OptionError``) before anything is touched, except where it
/// says that the nearest in the range is taken.
public struct ReplicaOptions: Sendable {
  // MARK: The store

  /// What a write has survived when it returns.
  public var durability = Durability.onDisk
  /// After how many bytes of versions the rows that they wrote are stored, so that opening need not read more
  /// versions than that; 0 to store them after each group, `nil` to store none, and read all: such a replica cannot
  /// be handed rows.
  public var checkpointInterval: Int? = 8 << 20
  /// How many bytes of stored rows a replica keeps in memory that were read lately; 0 for none.
  ///
  /// The system keeps the file's pages besides, as far as it has memory to spare: this saves looking rows up in
  /// them, checking and decoding them.
  public var cacheLimit = 64 << 20
  /// How much of the log is kept once checkpoints have stored what it wrote.
  public var retention = Retention()
  /// How long a snapshot may be kept once a commit has made it an old one, so that a forgotten one does not make
  /// the file grow for ever; `nil` for no limit.
  ///
  /// A snapshot that shows the last commit never ends by it. A replica that is handed rows reads a snapshot, too: a limit
  /// below the time that this takes lets no new replica in while others write.
  public var snapshotAgeLimit: Duration?
  /// How many snapshots can be open at a time, in all processes together, from 8 to 65,536.
  ///
  /// One of them is kept in reserve for the writer, and one is in use by it.
  public var maximumSnapshots = 1022
  /// How large the data file can become while the store is open, from 1 MB to 16 TB: so much address space is
  /// reserved, and neither memory nor disk is taken for it.
  public var mapSize = 1 << 38

  // MARK: What comes from other replicas

  /// Which states of other replicas are adopted, and how much they may remove.
  public var adoption = AdoptionPolicy()
  /// How far ahead times of other replicas may lie; at most a year (``TimeError/invalidDrift(_:allowed:)``).
  public var toleratedDrift = TimeTolerance.standardDrift
  /// Whether versions of format 1 are taken from other replicas, which programs of before wrote: they do not name
  /// the hashes of what they rest on, so that forks cannot be told by them.
  public var takesUnverifiedVersions = false

  // MARK: The clock

  /// What the wall clock shows; `nil` for the system's.
  public var wall: (@Sendable () -> HybridTime)?

  /// Full durability, a checkpoint every 8 MB, 64 MB of rows in memory, no limit of age, about a thousand snapshots,
  /// 256 GB, five minutes of drift.
  public init() {}

  /// The given choices, and everything else as ``init()`` has it.
  public init(
    durability: Durability = .onDisk, adoption: AdoptionPolicy = AdoptionPolicy(),
    toleratedDrift: Duration = TimeTolerance.standardDrift,
    wall: (@Sendable () -> HybridTime)? = nil
  ) {
    self.durability = durability
    self.adoption = adoption
    self.toleratedDrift = toleratedDrift
    self.wall = wall
  }

  /// Checks that all are in their ranges.
  ///
  /// - Throws: ``OptionError``.
  package func check() throws(OptionError) {
    if let checkpointInterval {
      try OptionError.check("checkpointInterval", value: checkpointInterval, in: 0...(1 << 40))
    }
    try OptionError.check("cacheLimit", value: cacheLimit, in: 0...(1 << 44))
    try OptionError.check("snapshotAgeLimit", span: snapshotAgeLimit)
    try OptionError.check("maximumSnapshots", value: maximumSnapshots, in: 8...65_536)
    try OptionError.check("mapSize", value: mapSize, in: (1 << 20)...(1 << 44))
    try retention.check()
    try adoption.check()
  }
}

extension Retention {
  fileprivate func check() throws(OptionError) {
    try OptionError.check("retention.history", value: history, in: 0...(1 << 44))
    try OptionError.check("retention.backlog", value: backlog, in: 0...(1 << 44))
    try OptionError.check("retention.spine", value: spine, in: 0...(1 << 44))
    try OptionError.check("retention.age", span: age)
    try OptionError.check("retention.absence", span: absence)
    try OptionError.check("retention.requests", span: requests)
  }
}

extension AdoptionPolicy {
  fileprivate func check() throws(OptionError) {
    try OptionError.check("adoption.removableShare", value: removableShare, in: 0...1)
    try OptionError.check("adoption.removableRows", value: removableRows, in: 0...Int.max)
    try OptionError.check("adoption.period", span: period)
    try OptionError.check("adoption.maximumSize", value: maximumSize, in: 0...Int.max)
    try OptionError.check(
      "adoption.maximumSizeInMemory", value: maximumSizeInMemory, in: 0...Int.max)
  }
}
