import Foundation

/// What a branch in a process of its own is asked, by a line on its standard input.
enum BranchQuestion: Codable, Sendable {
  /// Opens an account with so many cents, and hands an equal part of the rights to each other branch.
  case open(account: UInt64, holder: String, cents: Int64, others: [String])
  /// Pays so many cents out of an account, or in if there are less than none.
  case pay(account: UInt64, cents: Int64, request: UInt64)
  /// Executes generated orders, one after the other; each is answered.
  case work(first: Int, count: Int)
  /// Which of the requests have an outcome here.
  case outcomes([UInt64])
  /// Ends all links, and listens no more.
  case cut
  /// Listens and connects again.
  case heal
  /// Makes no transfers by itself any more.
  case rest
  /// How it is.
  case state
  /// Ends in order.
  case end
}

/// What a branch in a process of its own says, by a line on its standard output.
struct BranchAnswer: Codable, Sendable {
  /// The request that was executed.
  var request: UInt64?
  /// Whether it was paid; why not.
  var isPaid: Bool?
  var refusal: String?
  /// The requests that have an outcome.
  var outcomes: [UInt64]?
  var state: BranchState?
}

/// How a branch is.
struct BranchState: Codable, Sendable {
  /// Who it is.
  var replica: String
  /// With how many others it is linked, and why not with more.
  var linked: Int
  var faults: [String]
  var digest: String
  /// Balances, and what it may spend without asking anyone, by account.
  var balances: [UInt64: Int64]
  var rights: [UInt64: Int64]
  /// What was wrong in a state that it showed.
  var broken: [String]
}
