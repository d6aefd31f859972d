/// The sources that a text refers to by number, so that each is named once.
struct Citations: Sendable {
  /// The sources, in the order of their numbers, which begin at 1.
  private(set) var sources: [String] = []

  /// What a reference says, with its source by number.
  ///
  /// `Bailis et al., VLDB 2015, Table 2: uniqueness` becomes `uniqueness [1]`. A source is known by its
  /// year; a reference without one stays as it is.
  mutating func cite(_ reference: String) -> String {
    let colon = reference.firstRange(of: ": ")
    let source = String(reference[..<(colon?.lowerBound ?? reference.endIndex)])
    guard source.contains(/\b(19|20)\d\d\b/) else { return reference }
    let place = sources.firstIndex(of: source) ?? sources.endIndex
    if place == sources.endIndex { sources.append(source) }
    let detail = colon.map { reference[$0.upperBound...] + " " } ?? ""
    return "\(detail)[\(place + 1)]"
  }
}

extension Verdict {
  /// As ``description``, with sources by number.
  func text(citing citations: inout Citations) -> String {
    guard case .confluent(let grounds) = self else { return description }
    return "confluent: " + grounds.map { $0.text(citing: &citations) }.joined(separator: "; ")
  }
}

extension Verdict.Ground {
  /// As ``description``, with sources by number.
  func text(citing citations: inout Citations) -> String {
    guard case .theorem(let references) = self else { return description }
    return "by theorem: " + references.map { citations.cite($0) }.joined(separator: "; ")
  }
}

extension Remedy {
  /// As ``description``, with sources by number.
  func text(citing citations: inout Citations) -> String {
    let invariant = "by theorem: "
    guard check.hasPrefix(invariant) else { return description }
    return "\(what) (\(invariant)\(citations.cite(String(check.dropFirst(invariant.count)))))"
  }
}
