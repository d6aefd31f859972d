/// How much of a log is kept once checkpoints have stored the rows that its versions wrote.
///
/// What the last checkpoint has not taken in is always kept. A peer that lacks versions that are no
/// longer there is given rows instead. Known are those that were met and not forgotten since
/// (`Replica.peers`).
///
/// Times are counted back from a checkpoint's time, or from what the wall clock shows
/// (``ReplicaOptions/wall``) if that is earlier: the checkpoint's time is as late as that of the replica whose
/// clock is furthest ahead.
public struct Retention: Sendable, Hashable {
  /// How many bytes the log may take before the oldest versions that every known peer holds are taken
  /// out of it.
  ///
  /// Where no peer is known, these are all versions.
  public var history = 16 << 20
  /// How many bytes the log may take before the oldest versions are taken out although some known peer
  /// lacks them.
  ///
  /// For peers that have written nothing themselves that is here, it is a quarter of that: anybody can say to be
  /// one.
  public var backlog = 256 << 20
  /// How old a version may be before it is taken out whoever lacks it, and with it what is in the same
  /// block; `nil` for no limit.
  public var age: Duration?
  /// How many bytes the spine may take before the oldest of it is dropped.
  ///
  /// The spine is the numbers and hashes of truncated versions, about nine bytes a version: 16 MB are about
  /// 1.8 million versions. By them a version is verified that rests on truncated ones, and a fork is found that
  /// began below the truncation. What rests on versions that the spine no longer has is taken, and counted as
  /// unverified.
  ///
  /// What peers have acknowledged is kept, too: a replica that is restored from an old backup writes other
  /// versions under numbers that it has acknowledged.
  public var spine = 16 << 20
  /// How long a peer may stay away before it is forgotten and nothing is kept for it any more; `nil` for
  /// no limit.
  ///
  /// A replica that is gone for good, or that goes on under another id, is one that stays away.
  public var absence: Duration? = .seconds(30 * 24 * 3600)

  /// How long what became of a request is kept, counted from the birth of its id; `nil` for no limit.
  ///
  /// It is kept longer while some replica has written nothing for longer, and for ever under an id of a
  /// user's own. Raising the horizon explicitly can pass replicas that do not come again.
  public var requests: Duration?

  /// 16 MB that every peer holds, 256 MB that some peer lacks, no limit of age, 16 MB of spine, 30 days of
  /// absence.
  public init() {}

  /// The retention with the given limits, and everything else as ``init()`` has it.
  public init(history: Int, backlog: Int, age: Duration? = nil) {
    self.history = history
    self.backlog = backlog
    self.age = age
  }
}
