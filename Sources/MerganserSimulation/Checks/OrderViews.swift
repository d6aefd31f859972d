import MerganserModel

/// What replicas have shown of an order: each view is a beginning of one order, with the values that this leaves.
///
/// A view never goes back at a site, not even where its store is opened again after a crash, since nothing is shown before
/// it is on the disk. What takes it back is an earlier backup that is put in the store's place.
struct OrderViews {
  /// How much of an order is shown: by epoch, the first first, how many requests.
  typealias Lengths = [(epoch: UInt64, count: UInt64)]

  /// The longest view.
  private(set) var longest: Lengths = []
  /// By how far a view goes: what the registers had there, and where it was seen first.
  private var values: [OrderPlace: (values: [String?], site: Int)] = [:]
  /// By site: how far it showed the order last.
  private var places: [Int: OrderPlace] = [:]
  /// How many views there were.
  private(set) var count = 0

  private static let beginning = OrderPlace(epoch: 0, number: 0)

  /// Checks what a site shows of the order, and takes notice of it.
  ///
  /// - Parameters:
  ///   - lengths: how much of it.
  ///   - site: the site's number.
  ///   - values: what the registers have there.
  /// - Returns: how far it goes.
  /// - Throws: ``Violation``; what `values` throws.
  @discardableResult
  mutating func note(
    _ lengths: Lengths, at site: Int, values: () throws -> [String?]
  ) throws -> OrderPlace {
    let place =
      lengths.last.map { OrderPlace(epoch: $0.epoch, number: $0.count) } ?? Self.beginning
    let before = places[site] ?? Self.beginning
    guard before <= place else {
      throw violation("site \(site): the order was shown up to \(before), and now up to \(place)")
    }
    places[site] = place
    if before == place { return place }
    count += 1
    if !Self.isBeginning(lengths, of: longest) {
      guard Self.isBeginning(longest, of: lengths) else {
        let (shown, known) = (Self.text(lengths), Self.text(longest))
        throw violation("site \(site): it shows \(shown) of the order, and \(known) was shown")
      }
      longest = lengths
    }
    let shown = try values()
    guard let known = self.values[place] else {
      self.values[place] = (shown, site)
      return place
    }
    if known.values == shown { return place }
    throw violation(
      "site \(site): \(text(shown)) at \(place) of the order, and at site \(known.site) \(text(known.values))"
    )
  }

  /// Takes notice that a site's store is another one than before, or an earlier one.
  mutating func forget(_ site: Int) { places[site] = nil }

  /// Takes notice that some of the order is lost.
  mutating func giveUp() {
    longest = []
    values = [:]
  }

  /// Checks that each view has what one replica alone would have, which ran the requests in their order.
  ///
  /// - Parameters:
  ///   - table: the registers' table.
  ///   - keys: their keys.
  ///   - run: what ran at a place.
  /// - Returns: how many views were checked so: those behind a place of which it is not known what ran there are not.
  /// - Throws: ``Violation``.
  func checkValues(
    in table: String, of keys: [String], run: (OrderPlace) -> Run
  ) throws(Violation) -> Int {
    var now: [String: String] = [:]
    var checked = 0
    for (epoch, count) in longest where count > 0 {
      for number in 1...count {
        let place = OrderPlace(epoch: epoch, number: number)
        switch run(place) {
        case .unknown: return checked
        case .other: break
        case .call(let input, let key, let outcome):
          let (next, expected) = input.applied(to: now[key], of: table, under: key)
          guard outcome == expected else {
            throw violation(
              "\(place) of the order, \(input) of \(key): \(outcome), not \(expected)")
          }
          now[key] = next
        }
        guard let seen = values[place] else { continue }
        checked += 1
        let expected = keys.map { now[$0] }
        guard seen.values == expected else {
          throw violation(
            """
            site \(seen.site): \(text(seen.values)) at \(place) of the order, and the requests up to there come to \
            \(text(expected))
            """)
        }
      }
    }
    return checked
  }

  /// What ran at a place of an order.
  enum Run {
    /// It is not known.
    case unknown
    /// Something that registers have no part in.
    case other
    /// A call of a register, and what came of it.
    case call(RegisterCall, key: String, outcome: RequestOutcome)
  }

  /// Whether a view is a beginning of another one, or that itself.
  private static func isBeginning(_ view: Lengths, of other: Lengths) -> Bool {
    guard let last = view.last else { return true }
    guard view.count <= other.count else { return false }
    let same = other[view.count - 1]
    return zip(view.dropLast(), other).allSatisfy { $0 == $1 }
      && last.epoch == same.epoch && last.count <= same.count
  }

  private static func text(_ view: Lengths) -> String {
    view.isEmpty
      ? "nothing" : view.map { "\($0.count) of epoch \($0.epoch)" }.joined(separator: ", ")
  }

  private func text(_ values: [String?]) -> String {
    values.map { $0 ?? "nothing" }.joined(separator: ", ")
  }

  private func violation(_ evidence: String) -> Violation {
    Violation(guarantee: .views, evidence: evidence)
  }
}
