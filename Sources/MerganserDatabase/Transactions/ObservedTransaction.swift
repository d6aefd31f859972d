package import MerganserModel

/// What was seen of a transaction.
package struct ObservedTransaction: Sendable {
  /// What it did; nothing of one that did not commit.
  package var effects: Set<Effect> = []
  /// The numbers of the tables that it asked for or wrote to.
  package var tables: Set<Int> = []
  /// Whether it read its time.
  package var readsTime = false
  /// Whether it asked which replica it runs at.
  package var readsReplica = false

  /// What was seen of a transaction.
  package init(
    effects: Set<Effect> = [], tables: Set<Int> = [], readsTime: Bool = false,
    readsReplica: Bool = false
  ) {
    self.effects = effects
    self.tables = tables
    self.readsTime = readsTime
    self.readsReplica = readsReplica
  }
}
