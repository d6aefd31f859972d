public import MerganserTypes

// EnableWinsFlag as what a row holds.

extension EnableWinsFlag: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { .text(description) }
}

extension EnableWinsFlag: CausalRow {}

extension Item where Value == EnableWinsFlag {
  /// Turns the flag on.
  @inlinable
  public func enable() throws { try change { EnableWinsFlag.enable(&$0, as: &$1) } }

  /// Turns the flag off; what turns it on concurrently wins.
  @inlinable
  public func disable() throws { try change { EnableWinsFlag.disable(&$0, as: &$1) } }
}
