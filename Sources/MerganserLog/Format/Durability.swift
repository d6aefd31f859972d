import MerganserModel

extension Durability {
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
