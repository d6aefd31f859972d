import MerganserTypes

/// A part of the package that is given bytes that somebody else made.
package protocol FuzzedPart: Sendable {
  /// By which name it is chosen, and its seeds are kept.
  static var name: String { get }

  /// Bytes to begin from: what an honest program makes, and the least that is read at all.
  static func seeds() throws -> [[UInt8]]

  /// Gives the bytes to the part. Refusing them is right; it neither traps nor hangs.
  ///
  /// - Throws: ``Divergence``, if what came of them is not what it must be.
  static func run(_ bytes: [UInt8]) throws(Divergence)
}

/// Two roads on which the same bytes came to different ends.
package struct Divergence: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// What is told of the things that a part does with bytes, so that a test can count them.
package enum FuzzedDeeds {
  @TaskLocal package static var tell: (@Sendable (String) -> Void)?
}

/// Tells that a part did something with its bytes.
func tell(_ deed: @autoclosure () -> String) { FuzzedDeeds.tell?(deed()) }

/// Throws that two roads end differently.
func expect(_ isEqual: Bool, what: @autoclosure () -> String) throws(Divergence) {
  if !isEqual { throw Divergence(what()) }
}

/// What can be fuzzed.
package let fuzzedParts: [any FuzzedPart.Type] = [
  FuzzedValues.self, FuzzedJSON.self, FuzzedKeys.self, FuzzedVersion.self, FuzzedDeltas.self,
  FuzzedState.self, FuzzedBundle.self, FuzzedSchema.self, FuzzedPlan.self, FuzzedLedger.self,
]

/// The replicas that seeds name.
let replicas = (1...4).map { ReplicaID(high: 0, low: $0) }
