import Foundation
import Merganser

// What every chapter needs.
extension DemoRun {
  mutating func nextOrder(at branch: DemoBranch) -> DemoWorkload.Order {
    defer { counts[branch.place.rawValue] += 1 }
    return workload.order(counts[branch.place.rawValue], at: branch.place)
  }

  func contestedOrder(_ number: UInt64, at place: Place) -> DemoWorkload.Order {
    DemoWorkload.Order(
      request: UInt64(place.rawValue + 1) * 1_000_000 + number,
      account: DemoWorkload.contested.number, cents: -60_00)
  }

  mutating func execute(
    _ order: DemoWorkload.Order, at branch: DemoBranch
  ) async throws -> Bool {
    let isPaid = Self.isCommitted(try await branch.execute(order))
    try note(order, at: branch.place, isPaid: isPaid, stock: branch.stock())
    return isPaid
  }

  static func isCommitted(_ result: RequestResult<Void>) -> Bool {
    switch result {
    case .committed, .repeated(.committed): true
    case .refused, .repeated, .otherContents, .expired: false
    }
  }

  mutating func note(
    _ order: DemoWorkload.Order, at place: Place, isPaid: Bool, stock: DemoBranch.Stock
  ) throws {
    let kind: DemoHistory.Kind =
      isPaid ? (order.cents < 0 ? .withdrawal : .deposit) : .refusal
    history.commit(kind, at: place, stock: stock)
    if isPaid { outcome.accepted += 1 } else { outcome.refused += 1 }
    if history.healed == 0 { try plain?.execute(order, at: place) }
  }

  mutating func give(
    _ cents: Int64, of account: UInt64, from giver: DemoBranch, to receiver: DemoBranch
  ) async throws {
    try await giver.give(cents, of: account, to: receiver.replica.id)
    history.commit(.transfer, at: giver.place, stock: try giver.stock())
  }

  mutating func sync(_ first: DemoBranch, second: DemoBranch) async throws {
    let report = try await first.replica.sync(with: second.replica)
    if let refused = report.refused.first { throw refused }
    history.noteSync(
      (first.place, try first.stock()), second: (second.place, try second.stock()),
      exchanged: report.received + report.sent)
  }

  mutating func syncAll() async throws {
    for (first, second) in [(0, 1), (0, 2), (0, 1)] {
      try await sync(branches[first], second: branches[second])
    }
  }
}
