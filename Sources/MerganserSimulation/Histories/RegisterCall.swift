package import MerganserModel
import MerganserTypes

/// A call of one register of an order: a row that is claimed, released, changed where it has an expected value, and read.
package enum RegisterCall: Hashable, Sendable {
  /// Gives the register to a holder, if nobody else has it.
  case claim(String)
  /// Takes the register back from its holder.
  case release(String)
  /// Writes a value where another one is expected.
  case change(from: String?, to: String)
  /// Reads the value.
  case read

  /// What one register alone would do.
  ///
  /// - Parameters:
  ///   - value: what stands in the register; `nil` if nothing does.
  ///   - table: the register's table.
  ///   - key: its key.
  /// - Returns: what stands there behind the call, and what comes of the call.
  package func applied(
    to value: String?, of table: String, under key: String
  ) -> (state: String?, output: RequestOutcome) {
    switch self {
    case .claim(let holder):
      guard let value, value != holder else { return (holder, .committed()) }
      return (value, .rejected(by: .taken(table: table, key: key, holder: value)))
    case .release(let holder):
      guard value == holder else {
        return (value, .rejected(by: .notHeld(table: table, key: key, holder: holder)))
      }
      return (nil, .committed())
    case .change(let expected, let new):
      guard value == expected else {
        return (
          value,
          .rejected(by: .changed(table: table, key: key, expected: expected, found: value))
        )
      }
      return (new, .committed())
    case .read: return (value, .read(value))
    }
  }
}

extension RequestOutcome {
  /// What comes of a call that is rejected.
  fileprivate static func rejected(by error: ClaimError) -> RequestOutcome {
    .rejected(reason: error.description)
  }

  /// What comes of reading a register.
  package static func read(_ value: String?) -> RequestOutcome {
    .committed(result: value.binaryEncoded())
  }
}

extension RegisterCall: CustomStringConvertible {
  /// As a person reads it.
  package var description: String {
    switch self {
    case .claim(let holder): "claim for \(holder)"
    case .release(let holder): "release by \(holder)"
    case .change(let expected, let new): "change from \(expected ?? "nothing") to \(new)"
    case .read: "read"
    }
  }
}
