public import MerganserDatabase

/// A transaction by name, with the arguments that a search tries.
public struct DeclaredTransaction: Sendable {
  /// Where calls of the transaction run.
  public enum Placement: Hashable, Sendable {
    /// At any replica, without coordination.
    case everywhere
    /// At the primary only: in one order, that everybody learns.
    case ordered
    /// At the replica that owns the value of one argument.
    case owned(byArgument: Int)
  }

  /// The transaction with its arguments.
  struct Call: Sendable {
    let arguments: [String]
    let body: @Sendable (borrowing Transaction) throws -> Void
  }

  /// The transaction's name.
  public let name: String
  /// Where its calls run.
  public var placement: Placement = .everywhere
  let calls: [Call]

  /// A transaction without arguments.
  public init(
    _ name: String, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) {
    self.name = name
    calls = [Call(arguments: [], body: body)]
  }

  /// A transaction of one argument, and the values to try for it.
  public init<First: Sendable>(
    _ name: String, _ first: some Sequence<First>,
    _ body: @escaping @Sendable (borrowing Transaction, First) throws -> Void
  ) {
    self.name = name
    calls = first.map { one in Call(arguments: ["\(one)"]) { try body($0, one) } }
  }

  /// A transaction of two arguments, and the values to try for each.
  public init<First: Sendable, Second: Sendable>(
    _ name: String, _ first: some Sequence<First>, _ second: some Sequence<Second>,
    _ body: @escaping @Sendable (borrowing Transaction, First, Second) throws -> Void
  ) {
    self.name = name
    let seconds = Array(second)
    calls = first.flatMap { one in
      seconds.map { two in
        Call(arguments: ["\(one)", "\(two)"]) { try body($0, one, two) }
      }
    }
  }

  /// A transaction of three arguments, and the values to try for each.
  public init<First: Sendable, Second: Sendable, Third: Sendable>(
    _ name: String, _ first: some Sequence<First>, _ second: some Sequence<Second>,
    _ third: some Sequence<Third>,
    _ body: @escaping @Sendable (borrowing Transaction, First, Second, Third) throws -> Void
  ) {
    self.name = name
    let (seconds, thirds) = (Array(second), Array(third))
    calls = first.flatMap { one in
      seconds.flatMap { two in
        thirds.map { three in
          Call(arguments: ["\(one)", "\(two)", "\(three)"]) { try body($0, one, two, three) }
        }
      }
    }
  }

  /// The transaction, restricted to run where `placement` says.
  public func placed(_ placement: Placement) -> DeclaredTransaction {
    var copy = self
    copy.placement = placement
    return copy
  }

  /// How many arguments the transaction has.
  public var argumentCount: Int { calls.first?.arguments.count ?? 0 }

  /// A call as a person writes it.
  func text(ofCall number: Int) -> String {
    "\(name)(\(calls[number].arguments.joined(separator: ", ")))"
  }

  /// Whether a call may run at a replica of `count`.
  func mayRun(_ call: Call, at place: Int, of count: Int) -> Bool {
    switch placement {
    case .everywhere: return true
    case .ordered: return place == 0
    case .owned(let argument):
      guard argument < call.arguments.count else { return false }
      var values: [String] = []
      for call in calls where !values.contains(call.arguments[argument]) {
        values.append(call.arguments[argument])
      }
      let index = values.firstIndex(of: call.arguments[argument]) ?? 0
      return index % count == place
    }
  }
}
