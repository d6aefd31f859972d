import MerganserModel
import MerganserTypes

/// How far a checkpoint has come.
struct CheckpointProgress: Sendable {
  /// What it will have taken in.
  let result: Checkpoint
  /// The table that is being stored; behind the last one, all are.
  var table = 0
  /// The last row of it that was stored.
  var key: [UInt8]?
  /// Whether a step was made.
  var hasBegun = false
  /// Whether all steps were made.
  var hasEnded = false
}

/// Under what it is noted that stored rows are those of the last checkpoint, and not ahead of it; nothing is
/// there while another one is under way, nor where a crash has cut one short.
package let exactRowsKey: [UInt8] = [2]

// What is stored of a state, and how it comes to be: everything in memory is put aside, and stored in
// bounded steps while changes go on above it. A row is stored together with what is indexed of it and with
// the count of its table, so that these always fit each other, whichever step is the last before a crash.
extension DatabaseState {
  /// Begins a checkpoint of what the state is now, which must not have one under way.
  mutating func freeze() {
    cached = cached?.next()
    for number in tables.indices { tables[number].freeze() }
    for number in indexes.indices { indexes[number].freeze() }
  }

  /// The next step of a checkpoint, of about `limit` bytes; `progress` goes on to what follows it.
  mutating func step(
    _ progress: inout CheckpointProgress, limit: Int, catalog: Catalog
  ) throws(StorageError) -> CheckpointStep {
    var step = CheckpointStep()
    if !progress.hasBegun {
      progress.hasBegun = true
      step.changes.append(CheckpointStep.Change(.counts, key: exactRowsKey, value: nil))
      if !guarantees.contains(.rowsBeforeHeads) { step.completes = progress.result }
    }
    while progress.table < tables.count {
      let number = progress.table
      let part = try tables[number].storing(
        behind: progress.key, limit: limit, indexes: catalog.storedIndexes(of: number))
      step.changes += part.changes
      if !part.changes.isEmpty {
        let table = catalog.tables[number]
        if !catalog.invariantBook.tables[number].indexesAreKnown {
          step.changes.append(CheckpointStep.Change(.counts, key: table.staleIndexesKey, value: []))
        }
        if !catalog.invariantBook.tables[number].indexes.isEmpty {
          step.changes.append(
            CheckpointStep.Change(.counts, key: table.indexFormKey, value: [StoredIndex.form]))
        }
      }
      progress.key = part.last
      if part.addedRows != 0 {
        storedCounts[number] += part.addedRows
        step.changes.append(
          CheckpointStep.Change(
            .counts, key: Array(catalog.tables[number].name.utf8),
            value: UInt64(max(storedCounts[number], 0)).binaryEncoded()))
      }
      if part.last == nil { progress.table += 1 }
      if part.last != nil || step.changes.count > limit / 64 { return step }
    }
    progress.hasEnded = true
    step.completes = progress.result
    step.changes.append(CheckpointStep.Change(.counts, key: exactRowsKey, value: []))
    return step
  }

  /// Reads what memory does not know from `stored` from now on, where nothing but steps of this state's
  /// checkpoints has been stored; `isComplete` says whether the one under way has been, as a whole.
  ///
  /// - Complexity: O(1); O(number of tables) the first time, and where a checkpoint is complete.
  mutating func rest(on stored: any StoredState, isComplete: Bool) {
    let isFirst = !restsOnStored
    restsOnStored = true
    tables.layer = .init(stored, cached: cached)
    indexes.layer = .init(stored)
    if isComplete {
      for number in tables.indices { tables[number].rows.letGoOfFrozen() }
      for number in indexes.indices { indexes[number].letGoOfFrozen() }
    }
    if isFirst { for number in indexes.indices { indexes[number].readClasses() } }
  }

  /// Takes the rows of a storage, in the state in which nothing has happened yet.
  ///
  /// - Returns: which versions they are the join of; `nil` if no checkpoint has been completed.
  mutating func rest(
    on stored: any StoredState, catalog: Catalog
  ) throws(StorageError) -> Checkpoint? {
    cached = cached?.other()
    rest(on: stored, isComplete: false)
    for (number, table) in catalog.tables.enumerated() {
      let bytes = try stored.value(of: Array(table.name.utf8), in: .counts)
      do {
        storedCounts[number] = Int(clamping: try bytes.map(UInt64.init(binaryEncoded:)) ?? 0)
      } catch {
        throw .damaged(place: "the count of the rows of \(table.name)", reason: "\(error)")
      }
      tables[number].rows.takeStored(count: storedCounts[number])
    }
    guard let checkpoint = stored.checkpoint else { return nil }
    for (origin, head) in checkpoint.heads.sorted(by: { $0.key < $1.key }) {
      advance(origin, to: head)
    }
    return checkpoint
  }

}

extension TableDefinition {
  /// What is stored, beside the count of the table's rows, where rows were stored by a program that does
  /// not know all that is indexed of them.
  var staleIndexesKey: [UInt8] { [0] + Array(name.utf8) }

  /// Under what the form of the table's stored indexes is noted.
  var indexFormKey: [UInt8] { [1] + Array(name.utf8) }
}

extension Catalog {
  /// The indexes over a table, as they are stored.
  func storedIndexes(of table: Int) -> [StoredIndex] {
    invariantBook.tables[table].indexes.map {
      StoredIndex(
        prefix: invariantBook.indexNames[$0].hashed, key: invariantBook.tables[table].key,
        rows: invariantBook.indexes[$0])
    }
  }
}
