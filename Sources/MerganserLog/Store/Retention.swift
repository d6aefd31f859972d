/// How much of a log is kept once checkpoints have stored the rows that its versions wrote.
///
/// What the last checkpoint has not taken in is always kept. A peer that lacks versions that are no
/// longer there is given rows instead.
public struct Retention: Sendable, Hashable {
  /// How many bytes the log may take before the oldest versions that every known peer holds are taken
  /// out of it.
  ///
  /// Where no peer is known, these are all versions.
  public var history = 16 << 20
  /// How many bytes the log may take before the oldest versions are taken out although some known peer
  /// lacks them.
  public var backlog = 256 << 20
  /// How old a version may be, counted back from the last checkpoint's time, before it is taken out
  /// whoever lacks it, and with it what is in the same block; nothing for no limit.
  public var age: Duration?

  /// 16 MB that every peer holds, 256 MB that some peer lacks, no limit of age.
  public init() {}

  /// The retention with the given limits.
  public init(history: Int, backlog: Int, age: Duration? = nil) {
    self.history = history
    self.backlog = backlog
    self.age = age
  }
}
