import Foundation
import Merganser
import MerganserConfluence
import MerganserDatabase

/// A history that goes wrong, on real replicas: they write apart, without a plan, and then sync.
struct PartitionRun {
  /// What happened at a replica.
  struct Step {
    let place: Int
    /// Its place among the steps of all replicas, from 1.
    let number: Int
    /// The call, or with whom it met.
    let text: String
    /// Why a plain write is refused that promises the invariants after every merge; `nil` if it is not.
    let refusal: String?
    /// The rows that the replica showed then.
    let rows: [String]
  }

  private let counterexample: Counterexample
  private var steps: [Step] = []
  /// What stood there before the replicas parted.
  private var start: [String] = []
  /// What all showed after they had synced.
  private var merged: [String] = []
  /// By what is broken: at which replicas, by their names.
  private var violations: [InvariantViolation: [String]] = [:]

  /// Whether the invariant was broken at every replica after they had synced.
  var isBroken: Bool {
    violations.contains {
      $0.key.invariant == counterexample.violation.invariant
        && $0.value.count == counterexample.replicas
    }
  }

  /// Makes the steps of a counterexample.
  ///
  /// - Throws: what replicas throw, and an invariant that is broken earlier.
  init(_ counterexample: Counterexample) async throws {
    self.counterexample = counterexample
    let workload = counterexample.workload
    let schema = CatalogSchema(workload)
    let wall = PartitionClock(counterexample.startTime)
    let ids = workload.names.prefix(counterexample.replicas)
    let replicas = try ids.map { id in
      try Replica(
        schema, joining: id == ids[0] ? nil : ids[0], id: id,
        options: ReplicaOptions(wall: { wall.time }))
    }
    try await replicas[0].write(.localOnly, body: workload.start)
    for other in replicas.dropFirst() { try await replicas[0].sync(with: other) }
    start = workload.rows(of: replicas[0].snapshot)
    // The last merge is the end of the partition.
    for (number, step) in counterexample.steps.enumerated().dropLast() {
      let replica = replicas[step.replica]
      var text = ""
      var refusal: String?
      switch step.event {
      case .call(_, let name):
        text = name
        guard let call = counterexample.call(ofStep: number) else { continue }
        wall.set(call.wall)
        do {
          try await replica.write(body: call.body)
        } catch {
          refusal = "\(error)"
          try await replica.write(.localOnly, body: call.body)
        }
      case .merge(let other):
        text = "takes in what \(counterexample.name(ofReplica: other)) has"
        try await Self.hand(from: replicas[other], to: replica)
      }
      steps.append(
        Step(
          place: step.replica, number: number + 1, text: text, refusal: refusal,
          rows: workload.rows(of: replica.snapshot)))
    }
    for _ in 0..<2 {
      for other in replicas.dropFirst() { try await replicas[0].sync(with: other) }
    }
    merged = workload.rows(of: replicas[0].snapshot)
    for (place, replica) in replicas.enumerated() {
      for violation in try replica.snapshot.violations() {
        violations[violation, default: []].append(counterexample.name(ofReplica: place))
      }
    }
  }

  /// Hands over what one replica has, in one direction, as a file.
  private static func hand(
    from source: Replica<CatalogSchema>, to target: Replica<CatalogSchema>
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("merganser-partition-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let bundle = folder.appendingPathComponent("bundle").path
    try await source.export(to: bundle)
    try await target.import(from: bundle)
  }
}

// What a person is shown.
extension PartitionRun {
  /// The history, the merged state, and what is broken, in lines of at most `width` characters.
  func lines(width: Int) -> [String] {
    var lines: [String] = []
    func say(_ text: String, indent: Int, next: Int? = nil) {
      let more = next ?? indent + 2
      for (number, part) in text.wrapped(to: max(20, width - more)).enumerated() {
        lines.append(String(repeating: " ", count: number > 0 ? more : indent) + part)
      }
    }
    func show(_ rows: [String], indent: Int) {
      for row in rows.isEmpty ? ["nothing"] : rows { say(row, indent: indent) }
    }
    let name = counterexample.name(ofReplica:)
    let names = (0..<counterexample.replicas).map(name)
    say("\(counterexample.workload.name): \(counterexample.violation.invariant)", indent: 0)
    say("Replicas \(Self.list(names)) begin with", indent: 2)
    show(start, indent: 6)
    for place in names.indices {
      let own = steps.filter { $0.place == place }
      say("Replica \(name(place)), apart\(own.isEmpty ? ", does nothing" : ":")", indent: 2)
      for step in own {
        say("\(step.number). \(step.text)", indent: 4)
        if let refusal = step.refusal {
          say("refused with .everywhere: \(refusal)", indent: 6)
          say("written with .localOnly; it shows", indent: 6)
        } else {
          say("it shows", indent: 6)
        }
        show(step.rows, indent: 8)
      }
    }
    say("They sync, and all show", indent: 2)
    show(merged, indent: 6)
    if violations.isEmpty { say("No invariant is broken.", indent: 2) }
    for (violation, places) in violations.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      say("Broken at \(Self.list(places)): \(violation)", indent: 2)
    }
    return lines
  }

  private static func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
