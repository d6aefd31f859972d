/// A step of an attack: all that determines it but the state in which it finds the replicas.
struct AttackStep: Sendable {
  /// A call: a transaction and the arguments, by their numbers.
  struct Choice: Sendable {
    var transaction: Int
    var call: Int
    /// Tells apart arguments that are not declared; `nil` for the declared ones.
    var variation: UInt64?
  }

  /// What is done; replicas by their places.
  enum Action: Sendable {
    /// A call of a declared transaction.
    case perform(Choice)
    /// A call under the name and the arguments of a transaction with the code of another.
    case performCode(of: Choice, under: Choice)
    /// The code of a transaction, outside of the plan.
    case write(Choice)
    /// The code of a transaction outside of the plan, which promises nothing to other replicas.
    case writeHere(Choice)
    /// An exchange with another replica.
    case sync(with: Int)
    /// A seat for another replica.
    case giveSeat(to: Int)
    /// The end of another replica, whose place this one takes.
    case succeed(Int)
  }

  /// Where it is done.
  var place: Int
  var action: Action
  /// What true clocks show then, in milliseconds.
  var time: UInt64
}
