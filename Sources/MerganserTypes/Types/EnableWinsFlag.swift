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
  public mutating func enable(as replica: ReplicaID) -> Self {
    update(as: replica) { Self.enable(&$0, as: &$1) }
  }

  /// Turns the flag off as `replica`; the delta's context is the dots of the enablings that it saw.
  @discardableResult
  public mutating func disable(as replica: ReplicaID) -> Self {
    update(as: replica) { Self.disable(&$0, as: &$1) }
  }

  /// Turns the flag of a store on as `author`; the delta is as ``enable(as:)`` gives it.
  @discardableResult
  public static func enable(_ store: inout DotSet, as author: inout Author) -> Causal<DotSet> {
    store.mark(as: &author)
  }

  /// Turns the flag of a store off as `author`; the delta is as ``disable(as:)`` gives it.
  @discardableResult
  public static func disable(_ store: inout DotSet, as author: inout Author) -> Causal<DotSet> {
    store.clear()
  }
}

extension DotSet {
  /// Puts one new dot of `author` in the place of all; the delta's context is the new dot and those
  /// replaced.
  @discardableResult
  package mutating func mark(as author: inout Author) -> Causal<DotSet> {
    var context = dots
    let dot = author.nextDot()
    context.insert(dot)
    self = DotSet(CollectionOfOne(dot))
    return Causal(self, context: context)
  }

  /// Removes all dots; the delta's context is these.
  @discardableResult
  package mutating func clear() -> Causal<DotSet> {
    defer { self = DotSet() }
    return Causal(DotSet(), context: dots)
  }
}

extension EnableWinsFlag: CustomStringConvertible {
  /// Whether the flag is on.
  public var description: String { isEnabled ? "on" : "off" }
}

extension EnableWinsFlag: BuiltInType {}
