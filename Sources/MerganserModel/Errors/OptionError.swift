public import MerganserTypes

/// An option that is out of its range; nothing was touched.
public enum OptionError: MerganserError, Hashable {
  /// The option `name` is `found`, and may be `allowed`.
  case outOfRange(name: String, found: String, allowed: String)
}

extension OptionError: CustomStringConvertible {
  /// What was found, and what is allowed.
  public var description: String {
    switch self {
    case .outOfRange(let name, let found, let allowed):
      "the option \(name) is \(found), and may be \(allowed); nothing was changed"
    }
  }

  /// Checks that a number is in its range.
  package static func check<Value: Comparable>(
    _ name: String, value: Value, in allowed: ClosedRange<Value>
  ) throws(OptionError) {
    guard allowed.contains(value) else {
      throw .outOfRange(
        name: name, found: "\(value)", allowed: "\(allowed.lowerBound) to \(allowed.upperBound)")
    }
  }

  /// Checks that a span is none, or at most a hundred years and not below zero.
  package static func check(_ name: String, span: Duration?) throws(OptionError) {
    guard let span else { return }
    guard span >= .zero, span <= .seconds(100 * 366 * 86_400) else {
      throw .outOfRange(
        name: name, found: "\(span)", allowed: "nil, or from zero to a hundred years")
    }
  }
}
