/// What happened in one run, where and when: what a space-time diagram draws.
///
/// Moments count the events of the schedule from 1 on, and behind them the syncs by which replicas become equal.
package struct SimulationRecord: Sendable {
  /// Something that happened at one site.
  package struct Mark: Hashable, Sendable {
    package let kind: Kind
    package let site: Int
    package let moment: Int
    /// What happened, as a person reads it.
    package let text: String
  }

  /// What a mark stands for.
  package enum Kind: Int, CaseIterable, Hashable, Sendable {
    /// A version was committed, or its transaction refused.
    case commit, refusal
    /// A process ended, or started.
    case crash, start
    /// A sync came to its end and brought versions, brought a state, or failed.
    case versions, adoption, failedSync
    /// A checkpoint was stored, a log truncated.
    case checkpoint, truncation
    /// A write to the disk went wrong.
    case disk
    /// A clock was set.
    case clock
    /// What a person does: a copy, a backup, a restore, a replica that is forgotten.
    case operation
  }

  /// Bytes that went from one site to another.
  package struct Message: Hashable, Sendable {
    package let from: Int
    package let to: Int
    package let sent: Int
    package let arrived: Int
    /// Whether they came.
    package let isLost: Bool
    /// How many pieces of bytes there were.
    package var pieces = 1
    package var bytes: Int
  }

  /// Something that lasted.
  package struct Span: Hashable, Sendable {
    package let kind: SpanKind
    package let begin: Int
    package var end: Int
  }

  /// What lasted.
  package enum SpanKind: Hashable, Sendable {
    /// No process ran at a site.
    case down(site: Int)
    /// A site's disk had no room.
    case full(site: Int)
    /// Nothing came from one site to another.
    case blocked(from: Int, to: Int)
    /// The sites had parted: these were on one side.
    case split([Int])
  }

  /// A line of the history, and the moment that it tells of.
  package struct Line: Hashable, Sendable {
    package let moment: Int
    package let text: String
  }

  /// By site: at which moment it came to be.
  package internal(set) var sites: [Int] = []
  package internal(set) var marks: [Mark] = []
  package internal(set) var messages: [Message] = []
  package internal(set) var spans: [Span] = []
  package internal(set) var lines: [Line] = []
  /// The moment at which faults stopped; `nil` if the run did not come so far.
  package internal(set) var calm: Int?
  /// The last moment.
  package internal(set) var end = 0
  /// What was counted.
  package internal(set) var report = SimulationReport()
  /// What did not hold; `nil` if all did.
  package internal(set) var failure: SimulationFailure?
}
