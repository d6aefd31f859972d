public import MerganserTypes

// DisableWinsFlag as what a row holds.

extension DisableWinsFlag: KnownValue {
  package static var words: ChangeWords { .parts }
  package var readable: ReadableValue { .text(description) }
}

extension DisableWinsFlag: CausalRow {}

extension Item where Value == DisableWinsFlag {
  /// Turns the flag on; what turns it off concurrently wins.
  @inlinable
  public func enable() throws { try change { DisableWinsFlag.enable(&$0, as: &$1) } }

  /// Turns the flag off.
  @inlinable
  public func disable() throws { try change { DisableWinsFlag.disable(&$0, as: &$1) } }
}
