/// When an append returns, and what it has then survived.
public enum Durability: Sendable, Hashable {
  /// What was appended is on disk, as far as the disk tells the truth: it survives the end of the
  /// process, of the operating system, and of the power.
  case onDisk

  /// What was appended is with the operating system: it survives the end of the process only.
  ///
  /// Should the machine stop before the store is closed, versions may be lost, and the file may be
  /// damaged; the replica must take a new identity (``Renewal/lostVersions``). For caches,
  /// tests, and replicas that can be filled again from their peers.
  case survivesProcessCrash
}
