public import MerganserTypes

/// A counter of any kind.
public protocol Counted: Replicated {
  /// What it shows.
  var count: Int64 { get throws }
}

extension GCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { Int64(clamping: try value) } }
}

extension PNCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { try value } }
}

extension EscrowCounter: Counted {
  /// How many there are.
  public var count: Int64 { get throws { try value } }
}
