/// A flag, on at first, in which disabling wins over what is concurrent with it.
///
/// | concurrent | enable | disable |
/// | --- | --- | --- |
/// | **enable** | on | off |
/// | **disable** | off | off |
///
/// The mirror image of ``EnableWinsFlag``: every disabling is a dot, and enabling removes the dots that
/// it sees. Baquero, Almeida, Cunha, Ferreira, *Composition in State-based Replicated Data Types*
/// (2017).
///
/// Mutators and merges cost O(number of concurrent disablings).
public struct DisableWinsFlag: CausalValue, Codable {
  /// The dots of the disablings that stand.
  public typealias Store = DotSet

  /// The store with its context.
  public var causal: Causal<DotSet>

  /// The flag that is on.
  public init() { causal = Causal() }

  /// Whether the flag is on.
  public var isEnabled: Bool { causal.store.isBottom }

  /// Turns the flag on as `replica`; the delta's context is the dots of the disablings that it saw.
  @discardableResult
  public mutating func enable(as replica: ReplicaID) -> Self {
    update(as: replica) { Self.enable(&$0, as: &$1) }
  }

  /// Turns the flag off as `replica`; the delta is this disabling.
  @discardableResult
  public mutating func disable(as replica: ReplicaID) -> Self {
    update(as: replica) { Self.disable(&$0, as: &$1) }
  }

  /// Turns the flag of a store on as `author`; the delta is as ``enable(as:)`` gives it.
  @discardableResult
  public static func enable(_ store: inout DotSet, as author: inout Author) -> Causal<DotSet> {
    store.clear()
  }

  /// Turns the flag of a store off as `author`; the delta is as ``disable(as:)`` gives it.
  @discardableResult
  public static func disable(_ store: inout DotSet, as author: inout Author) -> Causal<DotSet> {
    store.mark(as: &author)
  }
}

extension DisableWinsFlag: CustomStringConvertible {
  /// Whether the flag is on.
  public var description: String { isEnabled ? "on" : "off" }
}

extension DisableWinsFlag: BuiltInType {}
