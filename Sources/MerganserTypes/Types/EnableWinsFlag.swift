/// A flag, off at first, in which enabling wins over what is concurrent with it.
///
/// | concurrent | enable | disable |
/// | --- | --- | --- |
/// | **enable** | on | on |
/// | **disable** | on | off |
///
/// Every enabling is a dot; disabling removes the dots that it sees. Baquero, Almeida, Cunha, Ferreira,
/// *Composition in State-based Replicated Data Types* (2017).
///
/// Mutators and merges cost O(number of concurrent enablings).
public struct EnableWinsFlag: CausalValue, Codable {
  /// The dots of the enablings that stand.
  public typealias Store = DotSet

  /// The store with its context.
  public var causal: Causal<DotSet>

  /// The flag that is off.
  public init() { causal = Causal() }

  /// Whether the flag is on.
  public var isEnabled: Bool { !causal.store.isBottom }

  /// Turns the flag on as `replica`; the delta is this enabling.
  @discardableResult
  public mutating func enable(by replica: ReplicaID) -> Self {
    update(by: replica) { $0.mark(as: &$1) }
  }

  /// Turns the flag off as `replica`; the delta's context is the dots of the enablings that it saw.
  @discardableResult
  public mutating func disable(by replica: ReplicaID) -> Self {
    update(by: replica) { store, _ in store.clear() }
  }
}

extension DotSet {
  /// Puts one new dot of `author` in the place of all; the delta's context is the new dot and those
  /// replaced.
  @discardableResult
  public mutating func mark(as author: inout Author) -> Causal<DotSet> {
    var context = dots
    let dot = author.nextDot()
    context.insert(dot)
    self = DotSet(CollectionOfOne(dot))
    return Causal(self, context: context)
  }

  /// Removes all dots; the delta's context is these.
  @discardableResult
  public mutating func clear() -> Causal<DotSet> {
    defer { self = DotSet() }
    return Causal(DotSet(), context: dots)
  }
}

extension EnableWinsFlag: CustomStringConvertible {
  /// Whether the flag is on.
  public var description: String { isEnabled ? "on" : "off" }
}

extension EnableWinsFlag: BuiltInType {}
