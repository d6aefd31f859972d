import Synchronization
package import Testing

/// What a random test has done so far, counted by name over all of its seeds.
///
/// A test has one by its trait ``Testing/Trait/exercises(_:)``, and counts with ``count(_:_:)``.
package final class Exercised: Sendable {
  @TaskLocal fileprivate static var current: Exercised?
  private let counts = Mutex<[String: Int]>([:])

  fileprivate init() {}

  /// Counts something that the running test did, if that test counts.
  package static func count(_ what: String, number: Int = 1) {
    current?.counts.withLock { $0[what, default: 0] += number }
  }

  /// Does what is a test's beginning alone, and does not count.
  package static func uncounted<Result>(_ body: () throws -> Result) rethrows -> Result {
    try $current.withValue(nil) { try body() }
  }

  /// What was done less often than its floor says, and what was counted and has no floor.
  fileprivate func faults(below floors: [String: Int]) -> [String] {
    let counts = counts.withLock { $0 }
    let low = floors.filter { counts[$0.key, default: 0] < max(1, $0.value) }.map {
      "\($0.key): \(counts[$0.key, default: 0]) times, at least \($0.value) expected"
    }
    let unknown = counts.filter { floors[$0.key] == nil }.map {
      "\($0.key): \($0.value) times, and no floor is given"
    }
    return (low + unknown).sorted()
  }
}

/// Fails a random test that no longer does what it is there for.
///
/// A generator that stopped making something leaves every assertion true. The floors are of all arguments of the test
/// together.
package struct Exercises: TestTrait, TestScoping {
  fileprivate let floors: [String: Int]

  /// One scope for the test as a whole, and none for each of its cases.
  package func scopeProvider(for test: Test, testCase: Test.Case?) -> Exercises? {
    testCase == nil ? self : nil
  }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let exercised = Exercised()
    try await Exercised.$current.withValue(exercised) { try await function() }
    let faults = exercised.faults(below: floors)
    if !faults.isEmpty {
      Issue.record(
        "what the test exercised:\n\(faults.joined(separator: "\n"))",
        sourceLocation: test.sourceLocation)
    }
  }
}

extension Trait where Self == Exercises {
  /// How often a random test has to do something, by the names that it counts by.
  package static func exercises(_ floors: [String: Int]) -> Exercises { Exercises(floors: floors) }
}
