import Foundation
import MerganserModel
import OrderSupport

/// The machine by which voters choose an order, at length: see `make order-runs`.
///
/// The arguments are `states`, and up to how many of each small cluster; or `seeds`, the first one and how many; or `missing`, up to how many
/// states, how many seeds, and a part of a name: each rule is left out, until it is missed. Ends non-zero where an order breaks what it
/// promises, or where neither states nor seeds miss a rule of which a state or a seed is known that does.
@main
struct OrderRuns {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.compactMap { UInt64($0) }
    let isWell: Bool
    switch arguments.first {
    case "states": isWell = search(upTo: Int(numbers.first ?? 100_000))
    case "seeds":
      isWell = walk(from: numbers.first ?? 1, count: numbers.dropFirst().first ?? 1000)
    case "missing":
      isWell = leaveOut(
        upTo: Int(numbers.first ?? 100_000), seeds: numbers.dropFirst().first ?? 1000,
        named: arguments.dropFirst(3).first ?? "")
    default:
      print("OrderRuns states COUNT | seeds FIRST COUNT | missing STATES SEEDS [NAME]")
      isWell = false
    }
    if !isWell { exit(1) }
  }

  private static func search(upTo limit: Int) -> Bool {
    var isWell = true
    for (name, space) in OrderSpace.all {
      let begin = ContinuousClock.now
      let result = space.search(upTo: limit)
      print("\(name): \(result); \(ContinuousClock.now - begin)")
      if result.violation != nil { isWell = false }
    }
    return isWell
  }

  private static func walk(from first: UInt64, count: UInt64) -> Bool {
    let begin = ContinuousClock.now
    do throws(OrderFailure) {
      print(try OrderWalk.run(seeds: first...first + max(1, count) - 1))
    } catch {
      print(error)
      return false
    }
    print(ContinuousClock.now - begin)
    return true
  }

  /// Leaves each rule out, and prints within how many states or seeds it is missed.
  private static func leaveOut(upTo limit: Int, seeds: UInt64, named name: String) -> Bool {
    var isWell = true
    for missing in MissingOrderRule.all where name.isEmpty || missing.name.contains(name) {
      let result = missing.space.search(upTo: limit)
      let (failure, stuck) = OrderWalk.firstHarm(among: 1...max(1, seeds), plan: missing.plan)
      print(
        "\(missing): \(result); "
          + (failure.map { "\($0)" } ?? "not found in \(seeds) seeds") + ", \(stuck) stuck before")
      let isKnown = missing.states != nil || missing.seed != nil
      if isKnown, result.violation == nil, failure == nil { isWell = false }
    }
    return isWell
  }
}
