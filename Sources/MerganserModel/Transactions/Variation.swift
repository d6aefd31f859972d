/// Another value of the same type, which a number tells apart: for calls with arguments that no search tried.
///
/// It is close to the given one, as a program would pass it: what reaches far beyond the values for which a transaction
/// is written ends the process in its code, and shows nothing of its plan.
///
/// - Returns: the value; `nil` of a type whose values cannot be made up.
func variation<Value: Sendable>(of value: Value, by number: UInt64) -> Value? {
  if let integer = value as? any FixedWidthInteger {
    return integer.increased(by: number % 9 + 1) as? Value
  }
  if let text = value as? String { return text + "\(number % 3)" as? Value }
  if let truth = value as? Bool { return !truth as? Value }
  return nil
}

extension FixedWidthInteger {
  /// The sum; `nil` if the type has no room for it.
  fileprivate func increased(by number: UInt64) -> Self? {
    guard let number = Self(exactly: number) else { return nil }
    let (sum, overflows) = addingReportingOverflow(number)
    return overflows ? nil : sum
  }
}
