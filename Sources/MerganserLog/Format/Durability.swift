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

  var code: UInt8 {
    switch self {
    case .onDisk: 0
    case .survivesProcessCrash: 1
    }
  }

  init?(code: UInt8) {
    switch code {
    case 0: self = .onDisk
    case 1: self = .survivesProcessCrash
    default: return nil
    }
  }
}

/// How a store was left by whoever wrote to it last.
public enum LastClose: Sendable, Hashable {
  /// It was only just created.
  case created
  /// It was closed.
  case clean
  /// Its writer ended without closing it: it crashed, or was killed.
  case processEnded
  /// Its writer ended without closing it, and the machine was started anew since.
  case machineStopped
}
