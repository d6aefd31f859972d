public import Foundation

/// An error of this package: its description says what was expected, what was found, and what to do.
///
/// `localizedDescription` is the same text. Catch it where the kind of error does not matter:
///
/// ```swift
/// do {
///   try await replica.sync(with: other)
/// } catch let error as any MerganserError {
///   print(error)
/// }
/// ```
public protocol MerganserError: LocalizedError, CustomStringConvertible, Sendable {}

extension MerganserError {
  /// The description.
  public var errorDescription: String? { description }
}
