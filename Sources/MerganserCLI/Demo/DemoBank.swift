import Merganser

/// The bank of the demo: balances in cents that never fall below zero, and who owns them.
struct DemoBank: Schema {
  let accounts = Table<UInt64, EscrowCounter>("accounts")
  let holders = Table<UInt64, LWWRegister<String>>("holders")

  var invariants: [any Invariant] {
    Bounds(accounts, in: 0..., name: "no balance below zero")
    ForeignKey("a holder has an account", from: holders, to: accounts, onDelete: .cascade)
  }
}

/// A branch of it.
enum Place: Int, CaseIterable, Codable, Sendable {
  case lisbon, porto, faro

  /// The name for people.
  var name: String {
    switch self {
    case .lisbon: "Lisbon"
    case .porto: "Porto"
    case .faro: "Faro"
    }
  }

  /// The name of its store's folder.
  var folder: String { name.lowercased() }

  /// The name of its desk's folder.
  var deskFolder: String { folder + "-desk" }
}

/// An amount of money as people write it.
func money(_ cents: Int64) -> String {
  let digits = String(cents.magnitude / 100)
  var grouped = ""
  for (number, digit) in digits.enumerated() {
    if number > 0, (digits.count - number) % 3 == 0 { grouped += "," }
    grouped.append(digit)
  }
  let rest = String(cents.magnitude % 100)
  return (cents < 0 ? "-" : "") + grouped + "." + (rest.count < 2 ? "0" : "") + rest
}
