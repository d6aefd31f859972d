/// A transaction by name: its code, and the arguments that a search tries.
///
/// It is declared once, decided by a search over what replicas can do with it, and run with any
/// arguments; where the plan rests on the search itself, with those that were searched. These are told apart by `==` and by
/// their descriptions, so that their types are `Equatable`. It must be a function of what it reads and of its arguments: the
/// same call on the same state writes the same.
public struct DeclaredTransaction<Arguments: Sendable>: Sendable {
  /// The transaction's name.
  public let name: String
  /// The arguments that a search tries.
  package let domain: [Arguments]
  package let body: @Sendable (borrowing Transaction, Arguments) throws -> Void
  /// The arguments as a person writes them.
  package let text: @Sendable (Arguments) -> [String]
  /// Whether two calls' arguments are the same.
  package let areEqual: @Sendable (Arguments, Arguments) -> Bool
  /// Other arguments, which a number tells apart; `nil` where none can be made up.
  package let varied: @Sendable (Arguments, UInt64) -> Arguments?
  /// How a request carries the arguments; `nil` if the type of one of them is not `BinaryCodable`.
  package let coding: ArgumentCoding<Arguments>?
  /// Which edition of the code it is; a request that asks for one runs where that edition is.
  public private(set) var edition: UInt64 = 1
  /// What runs locally with it; `nil` if nothing does.
  package private(set) var localPart: LocalPart?

  private init(
    _ name: String, domain: [Arguments], coding: ArgumentCoding<Arguments>?,
    text: @escaping @Sendable (Arguments) -> [String],
    areEqual: @escaping @Sendable (Arguments, Arguments) -> Bool,
    varied: @escaping @Sendable (Arguments, UInt64) -> Arguments?,
    body: @escaping @Sendable (borrowing Transaction, Arguments) throws -> Void
  ) {
    self.name = name
    self.domain = domain
    self.text = text
    self.areEqual = areEqual
    self.varied = varied
    self.coding = coding
    self.body = body
  }

  /// A transaction without arguments.
  public init(
    _ name: String, body: @escaping @Sendable (borrowing Transaction) throws -> Void
  ) where Arguments == Void {
    self.init(
      name, domain: [()], coding: ArgumentCoding(), text: { _ in [] }, areEqual: { _, _ in true },
      varied: { _, _ in nil }
    ) { tx, _ in try body(tx) }
  }

  /// A transaction of one argument, and the values to try for it.
  public init(
    _ name: String, over values: some Sequence<Arguments>,
    body: @escaping @Sendable (borrowing Transaction, Arguments) throws -> Void
  ) where Arguments: Equatable {
    self.init(
      name, domain: Array(values), coding: ArgumentCoding(of: Arguments.self), text: { ["\($0)"] },
      areEqual: { isSame($0, as: $1) },
      varied: { variation(of: $0, by: $1) }, body: body)
  }

  /// A transaction of two arguments, and the values to try for each.
  public init<First: Equatable & Sendable, Second: Equatable & Sendable>(
    _ name: String, over first: some Sequence<First>, over second: some Sequence<Second>,
    body: @escaping @Sendable (borrowing Transaction, First, Second) throws -> Void
  ) where Arguments == (First, Second) {
    let seconds = Array(second)
    self.init(
      name, domain: first.flatMap { one in seconds.map { (one, $0) } },
      coding: ArgumentCoding(of: First.self, Second.self),
      text: { ["\($0.0)", "\($0.1)"] },
      areEqual: { isSame($0.0, as: $1.0) && isSame($0.1, as: $1.1) },
      varied: { arguments, number in
        let (one, two) = (
          variation(of: arguments.0, by: number), variation(of: arguments.1, by: number / 3)
        )
        if one == nil, two == nil { return nil }
        return number % 3 == 0
          ? (arguments.0, two ?? arguments.1) : (one ?? arguments.0, two ?? arguments.1)
      }
    ) { tx, arguments in try body(tx, arguments.0, arguments.1) }
  }

  /// A transaction of three arguments, and the values to try for each.
  public init<
    First: Equatable & Sendable, Second: Equatable & Sendable, Third: Equatable & Sendable
  >(
    _ name: String, over first: some Sequence<First>, over second: some Sequence<Second>,
    over third: some Sequence<Third>,
    body: @escaping @Sendable (borrowing Transaction, First, Second, Third) throws -> Void
  ) where Arguments == (First, Second, Third) {
    let seconds = Array(second)
    let thirds = Array(third)
    self.init(
      name,
      domain: first.flatMap { one in seconds.flatMap { two in thirds.map { (one, two, $0) } } },
      coding: ArgumentCoding(of: First.self, Second.self, Third.self),
      text: { ["\($0.0)", "\($0.1)", "\($0.2)"] },
      areEqual: {
        isSame($0.0, as: $1.0) && isSame($0.1, as: $1.1)
          && isSame($0.2, as: $1.2)
      },
      varied: { arguments, number in
        let one = variation(of: arguments.0, by: number)
        let two = variation(of: arguments.1, by: number / 3)
        let three = variation(of: arguments.2, by: number / 9)
        if one == nil, two == nil, three == nil { return nil }
        return (one ?? arguments.0, two ?? arguments.1, three ?? arguments.2)
      }
    ) { tx, arguments in try body(tx, arguments.0, arguments.1, arguments.2) }
  }

  /// The transaction as another edition of its code, for what was submitted under the earlier one to wait until it has
  /// run where that still is, instead of running as something else.
  public func edition(_ edition: UInt64) -> DeclaredTransaction {
    var copy = self
    copy.edition = edition
    return copy
  }

  /// The transaction where a condition holds of what it depends on, and another one where that does not.
  ///
  /// Bayou's three parts of a write: the dependency check, the update, and the merge procedure, which makes of a write
  /// that came too late what is next best (Terry et al., *Managing Update Conflicts in Bayou*, SOSP 1995, section 4).
  ///
  /// - Parameters:
  ///   - condition: whether what the transaction depends on is as it was expected; it writes nothing.
  ///   - merge: what is done if it is not.
  /// - Returns: the transaction that does one or the other.
  public func `where`(
    _ condition: @escaping @Sendable (borrowing Transaction, Arguments) throws -> Bool,
    otherwise merge: @escaping @Sendable (borrowing Transaction, Arguments) throws -> Void
  ) -> DeclaredTransaction {
    let body = body
    let composed: @Sendable (borrowing Transaction, Arguments) throws -> Void = { tx, arguments in
      if try condition(tx, arguments) {
        try body(tx, arguments)
      } else {
        try merge(tx, arguments)
      }
    }
    var copy = DeclaredTransaction(
      name, domain: domain, coding: coding, text: text, areEqual: areEqual, varied: varied,
      body: composed)
    copy.edition = edition
    copy.localPart = localPart
    return copy
  }

  /// The transaction with a local part: what it takes from local tables stands apart until its order is known, and then is
  /// used or given back.
  ///
  /// What is ordered cannot write what is kept by escrow or owners. A request that pays takes a *hold* instead: `take` runs when
  /// it is submitted, in the same version, so that both are there or neither is. Once the request has committed, `use` runs at the
  /// replica at which it was submitted; once it was rejected, `release` does: exactly once, by that replica or its heir. Between,
  /// what was taken is owed, and is where `take` has written it.
  ///
  /// ```swift
  /// var order: DeclaredTransaction<(String, Int64)> {
  ///   DeclaredTransaction("order", over: ["ann"], over: [1]) { tx, customer, price in … }
  ///     .holding(pay, use: earn, release: refund)
  /// }
  /// ```
  ///
  /// The schema declares them as transactions of their own, and its plan lets them run where they are submitted: each is
  /// analysed as if it ran at any time.
  ///
  /// - Parameters:
  ///   - take: what runs when the request is submitted; if it throws, nothing is submitted.
  ///   - use: what runs once the request has committed; by default nothing.
  ///   - release: what runs once it was rejected.
  /// - Returns: the transaction with them.
  public func holding(
    _ take: DeclaredTransaction, use: DeclaredTransaction? = nil, release: DeclaredTransaction
  ) -> DeclaredTransaction {
    var copy = self
    copy.localPart = LocalPart(hold: take.name, use: use?.name, release: release.name)
    return copy
  }

  /// The transaction without its types, restricted to run where `placement` says.
  public func placed(_ placement: Placement) -> AnyDeclaredTransaction {
    AnyDeclaredTransaction(self).placed(placement)
  }
}

/// Whether two values are the same argument: equal, or each not even equal to itself, as NaN is.
private func isSame<Value: Equatable>(_ one: Value, as other: Value) -> Bool {
  one == other || (one != one && other != other)
}
