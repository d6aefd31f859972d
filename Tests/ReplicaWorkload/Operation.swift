import Foundation
import Merganser
import MerganserLog

struct Shop: Schema {
  let notes = Table<String, LWWRegister<String>>("notes")
  let stock = Table<String, PNCounter>("stock")

  var invariants: [any Invariant] {
    ForeignKey("what is in stock has a note", from: stock, to: notes, onDelete: .cascade)
  }
}

/// What is done to stores while the disk fails.
enum Operation: String, CaseIterable {
  /// A bundle of versions is imported.
  case bundle
  /// A bundle of a truncated log is imported: rows, and the versions behind them.
  case bundleWithRows
  /// Two stores that no replica has open sync.
  case sync
  /// The same where the log of one is truncated, so that the other adopts its state.
  case adopt
  /// A replica adopts the state of a store.
  case adoptInUse
  /// A store is compacted.
  case compact

  /// The stores that it changes.
  var stores: [String] {
    switch self {
    case .bundle, .bundleWithRows: ["porto"]
    case .sync, .adopt, .adoptInUse: ["lisbon", "porto"]
    case .compact: ["lisbon"]
    }
  }

  private var truncates: Bool {
    switch self {
    case .bundleWithRows, .adopt, .adoptInUse: true
    case .bundle, .sync, .compact: false
    }
  }

  private var options: ReplicaOptions {
    var options = ReplicaOptions()
    if truncates {
      options.checkpointInterval = 20_000
      options.retention = Retention(history: 0, backlog: 0)
    }
    return options
  }

  /// Makes the stores, and what else it needs, in a folder.
  func prepare(in folder: String) async throws {
    let shop = Shop()
    let lisbon = try await Replica.open(shop, at: folder + "/lisbon", options: options)
    let porto = try await Replica.open(
      shop, at: folder + "/porto", joining: lisbon.founder, options: options)
    try await fill(lisbon, numbers: 0..<20)
    try await lisbon.sync(with: porto)
    try await fill(lisbon, numbers: 10..<60)
    try await fill(porto, numbers: 40..<50)
    for number in stride(from: 0, to: 60, by: 7) {
      try await lisbon.write { try $0[shop.notes, "\(number)"].delete() }
    }
    let known = porto.snapshot.vector
    var tries = 0
    while truncates, try await lisbon.greeting().truncatedTo.isCovered(by: known), tries < 500 {
      try await Task.sleep(for: .milliseconds(10))
      tries += 1
    }
    guard tries < 500 else { throw Unprepared(reason: "its log is not truncated") }
    if truncates { try await fill(lisbon, numbers: 60..<62) }
    try await lisbon.export(to: folder + "/bundle", beyond: known)
    try await lisbon.close()
    try await porto.close()
  }

  struct Unprepared: Error { let reason: String }

  private func fill(_ replica: Replica<Shop>, numbers: Range<Int>) async throws {
    let shop = Shop()
    for number in numbers {
      try await replica.write { tx in
        let text = String(repeating: "\(replica.id) \(number) ", count: 200)
        try tx[shop.notes, "\(number)"].set(text)
        try tx[shop.stock, "\(number)"].increment(by: Int64(number + 1))
      }
    }
  }

  /// Does it once, from opening the stores to closing them.
  func run(in folder: String) async throws {
    let lisbon = folder + "/lisbon"
    let porto = folder + "/porto"
    switch self {
    case .bundle, .bundleWithRows:
      try await using([porto]) { stores in
        let report = try await StorePeer(stores[0]).import(from: folder + "/bundle")
        if let refusal = report.refused.first { throw refusal }
      }
    case .sync, .adopt:
      try await using([lisbon, porto]) { stores in
        let report = try await Merganser.sync(StorePeer(stores[0]), with: StorePeer(stores[1]))
        if let refusal = report.refused.first { throw refusal }
      }
    case .adoptInUse:
      try await using([lisbon]) { stores in
        let replica = try await Replica.open(Shop(), at: porto, options: options)
        do {
          let report = try await replica.sync(with: StorePeer(stores[0]))
          if let refusal = report.refused.first { throw refusal }
        } catch {
          try? await replica.close()
          throw error
        }
        try await replica.close()
      }
    case .compact:
      try await using([lisbon]) { try $0[0].compact() }
    }
  }

  /// Opens stores, uses them, and closes them, whatever happens.
  private func using(
    _ paths: [String], body: ([LogStore]) async throws -> Void
  ) async throws {
    var stores: [LogStore] = []
    do {
      for path in paths { stores.append(try LogStore.open(at: path, options: options)) }
      try await body(stores)
    } catch {
      for store in stores { try? store.close() }
      throw error
    }
    var failure: (any Error)?
    for store in stores {
      do { try store.close() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }
}
