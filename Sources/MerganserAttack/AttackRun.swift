import Merganser
import MerganserDatabase

/// Replicas of one database, on which the steps of an attack are made.
struct AttackRun<Base: TransactionSchema> {
  typealias Member = Replica<AttackedSchema<Base>>

  let target: AttackTarget<Base>
  let scene: AttackScene
  private let isFirst: Bool
  private let kept: Set<String>
  /// The invariants that do not hold of an empty database.
  private let needStart: Set<String>
  private let clock = AttackClock()
  private var members: [Member] = []
  /// By place of an ended replica: the version of its heir's from which on it is known to have ended.
  private var ends: [Int: (heir: Int, sequence: UInt64)] = [:]
  /// The places that were given seats.
  private var seated = [0]
  private(set) var summary = AttackSummary()
  /// The steps, a line each.
  private(set) var history: [String] = []
  /// What went wrong.
  private(set) var fault: AttackFault?
  /// Where.
  private(set) var place: Int?

  /// The replicas before anything has happened.
  ///
  /// - Parameters:
  ///   - target: what is attacked.
  ///   - scene: the database.
  ///   - isFirst: whether the schema's code is compared with what was searched.
  /// - Throws: why no replica opens.
  init(_ target: AttackTarget<Base>, scene: AttackScene, isFirst: Bool = false) throws {
    self.target = target
    self.scene = scene
    self.isFirst = isFirst
    kept = target.kept(isTentative: scene.isTentative)
    needStart = try target.invariantsThatNeedAStart
    summary.databases = 1
    let open = scene.isTentative ? target.declared : target.admitted
    var schema = AttackedSchema(target.schema, transactions: open)
    if let addition = scene.addition {
      let (call, text) = target.call(addition)
      schema.addition = call.body
      do {
        members.append(try replica(schema, at: 0))
        history.append("the start makes \(text), too")
        try checkStart(AttackedSchema(target.schema, transactions: open))
      } catch let error as PlanError {
        refuse(Refusal(error))
        schema.addition = nil
      }
    }
    while members.count < scene.identities.count {
      members.append(try replica(schema, at: members.count))
    }
    try check(0)
  }

  /// Has the founder's database begin as the plan says, where that matters.
  private mutating func checkStart(_ schema: AttackedSchema<Base>) throws {
    if target.limits.allowsOtherStart { return }
    let plain = try target.limits.shown(by: try replica(schema, at: 0).snapshot)
    if try target.limits.shown(by: members[0].snapshot) != plain {
      fail(.admitted(reason: "a database that begins with other rows than were searched"), at: 0)
    }
  }

  private func replica(_ schema: AttackedSchema<Base>, at place: Int) throws -> Member {
    let scene = scene
    let clock = clock
    let refused = target.declared.dropFirst(target.admittedCount).map(\.name)
    var running = Running(
      by: target.plan, tentatively: scene.isTentative ? Set(refused) : [],
      owner: { scene.owner(of: $0) })
    // The code is the same at all replicas, and compared once.
    if place > 0 || !isFirst { running.comparison = .zero }
    return try Replica(
      schema, joining: place == 0 ? nil : scene.identities[0], id: scene.identities[place],
      running: running,
      options: ReplicaOptions(wall: { scene.wall(at: place, time: clock.time) }))
  }

  /// Makes steps, and at the end syncs all that are left.
  ///
  /// - Returns: what went wrong.
  mutating func take(_ script: [AttackStep]) async throws -> AttackFault? {
    for step in script where fault == nil {
      try Task.checkCancellation()
      clock.set(step.time)
      summary.steps += 1
      try await take(step)
    }
    if fault == nil { try await conclude() }
    return fault
  }

  private mutating func take(_ step: AttackStep) async throws {
    switch step.action {
    case .perform(let choice):
      let (call, text) = target.call(choice)
      let name = target.transactions[choice.transaction].name
      let isPlanned = choice.transaction < target.admittedCount && choice.variation == nil
      try await perform(call, of: name, text: text, at: step.place, isPlanned: isPlanned)
    case .performCode(let code, let choice):
      var (call, text) = target.call(choice)
      let (other, otherText) = target.call(code)
      call.body = other.body
      let name = target.transactions[choice.transaction].name
      try await perform(
        call, of: name, text: "\(text) with the code of \(otherText)", at: step.place,
        isPlanned: false)
    case .write(let choice):
      let (call, text) = target.call(choice)
      let before = try shown(at: step.place)
      let isCommitted = try await write("a plain write of \(text)", at: step.place) { member in
        try await member.write(body: call.body)
      }
      if isCommitted {
        let after = try shown(at: step.place)
        if let excess = target.limits.excessOfPlainWrite(from: before, to: after) {
          fail(.admitted(reason: excess), at: step.place)
        }
      }
    case .writeHere(let choice): try await writeHere(choice, at: step.place)
    case .giveSeat(let receiver): try await giveSeat(to: receiver, by: step.place)
    case .sync(let other): try await sync(step.place, with: other)
    case .succeed(let other): try await succeed(other, by: step.place)
    }
  }

  /// Makes a call, and looks at whether it had to be refused.
  private mutating func perform(
    _ call: AnyDeclaredTransaction.Call, of name: String, text: String, at place: Int,
    isPlanned: Bool
  ) async throws {
    let declared = scene.isTentative ? target.declared : target.admitted
    let isDeclared = declared.contains { $0.name == name }
    let reason = target.limits.reasonToRefuse(
      name, arguments: call.arguments, isDeclared: isDeclared, isTentative: scene.isTentative,
      acts: { acts(place, as: $0) }, seated: seated,
      owner: { scene.identities.firstIndex(of: scene.owner(of: $0)) })
    let before = try shown(at: place)
    let isCommitted = try await write(text, at: place, as: isPlanned ? name : nil) { member in
      try await member.perform(call, of: name)
    }
    guard isCommitted else { return }
    let excess = target.limits.excess(of: name, from: before, to: try shown(at: place))
    if let reason = reason ?? excess { fail(.admitted(reason: reason), at: place) }
  }

  /// Writes what promises nothing to other replicas, where that must be refused: on an identity that nobody has met.
  private mutating func writeHere(_ choice: AttackStep.Choice, at place: Int) async throws {
    let (call, text) = target.call(choice)
    let open = scene.isTentative ? target.declared : target.admitted
    // What it writes may break what nobody promised, and is not seen by the others.
    let alone = try replica(AttackedSchema(target.schema, transactions: open), at: 0)
    let before = try target.limits.shown(by: alone.snapshot)
    do {
      try await alone.write(.localOnly, body: call.body)
      note("a write of \(text) for itself, in a database of its own", at: place)
      let after = try target.limits.shown(by: alone.snapshot)
      if let excess = target.limits.excessOfPlainWrite(from: before, to: after, isLocal: true) {
        fail(.admitted(reason: excess), at: place)
      }
    } catch let error as CancellationError {
      throw error
    } catch { refuse(Refusal(error)) }
  }

  /// Gives a seat, and looks at whether there was one to give, and by whom.
  private mutating func giveSeat(to receiver: Int, by place: Int) async throws {
    let id = scene.identities[receiver]
    let isGiven = try await attempt(
      "gives a seat to \(scene.name(ofReplica: receiver))", at: place,
      allowing: \.isDocumentedForSeats
    ) { member in try await member.giveSeat(to: id) }
    if !isGiven { return }
    if !acts(place, as: 0) { fail(.admitted(reason: "seats are the founder's to give"), at: place) }
    if !seated.contains(receiver) { seated.append(receiver) }
    if let count = target.limits.seatCount, seated.count > count {
      fail(.admitted(reason: "\(seated.count) seats of \(count)"), at: place)
    }
  }

  /// Whether a replica acts as another: it is that, or took its place in the end.
  private func acts(_ place: Int, as other: Int) -> Bool {
    var next: Int? = other
    while let one = next {
      if one == place { return true }
      next = ends[one]?.heir
    }
    return false
  }

  private func shown(at place: Int) throws -> Shown {
    try target.limits.shown(by: members[place].snapshot)
  }

  /// Makes a write or a call, and counts it.
  ///
  /// - Returns: whether it was not refused.
  @discardableResult
  private mutating func write(
    _ text: String, at place: Int, as name: String? = nil,
    body: (Member) async throws -> Void
  ) async throws -> Bool {
    let before = members[place].snapshot.vector
    let isDone = try await attempt(
      text, at: place, allowing: \.isDocumentedForWrites, body: body)
    guard isDone, members[place].snapshot.vector != before else { return isDone }
    if let name { summary.commits[name, default: 0] += 1 } else { summary.commitsBeside += 1 }
    return true
  }

  /// Does something at a replica that may be refused, and looks at the replica.
  ///
  /// - Returns: whether it was not refused.
  @discardableResult
  private mutating func attempt(
    _ text: String, at place: Int, allowing isDocumented: (Refusal) -> Bool,
    body: (Member) async throws -> Void
  ) async throws -> Bool {
    let member = members[place]
    let before = member.snapshot
    do {
      try await body(member)
      note(text, at: place)
      try check(place)
      return true
    } catch let error as CancellationError {
      throw error
    } catch {
      let refusal = Refusal(error)
      note("\(text): refused, \(refusal.name)", at: place)
      refuse(refusal)
      if !isDocumented(refusal) { fail(.undocumented(error: "\(error)"), at: place) }
      if try member.snapshot.digest != before.digest {
        fail(.leftBehind(error: "\(error)"), at: place)
      }
      return false
    }
  }

  private mutating func note(_ text: String, at place: Int) {
    history.append("\(scene.name(ofReplica: place)): \(text)")
  }

  private mutating func refuse(_ refusal: Refusal) {
    summary.refusals[refusal.name, default: 0] += 1
  }

  private mutating func fail(_ fault: AttackFault, at place: Int?) {
    if self.fault != nil { return }
    self.fault = fault
    self.place = place
  }

  /// Looks at the invariants of a replica.
  private mutating func check(_ place: Int) throws {
    if fault != nil { return }
    let snapshot = members[place].snapshot
    // Who has nothing of the founder's shows a database that has not begun, in which what needs the start does not hold.
    let hasBegun = snapshot.vector[snapshot.founder] > 0
    let violation = try snapshot.violations().first {
      kept.contains($0.invariant) && (hasBegun || !needStart.contains($0.invariant))
    }
    if let violation { fail(.broken(violation), at: place) }
  }
}

// Replicas that meet, and that end.
extension AttackRun {
  /// The replicas that have not ended.
  private var left: [Int] { members.indices.filter { ends[$0] == nil } }

  /// Whether all that are left know that a replica has ended, so that nobody takes over what it wrote afterwards.
  private func isKnownToHaveEnded(_ place: Int) -> Bool {
    guard let end = ends[place] else { return false }
    return left.allSatisfy {
      members[$0].snapshot.vector[scene.identities[end.heir]] >= end.sequence
    }
  }

  private mutating func sync(_ place: Int, with other: Int) async throws {
    let ended = [place, other].filter { ends[$0] != nil }
    if place == other || ended.count == 2 || !ended.allSatisfy(isKnownToHaveEnded) { return }
    summary.syncs += 1
    let text = "syncs with \(scene.name(ofReplica: other))"
    do {
      let report = try await members[place].sync(with: members[other])
      note(text, at: place)
      if let refused = report.refused.first, ended.isEmpty {
        fail(.parted(reason: "\(refused)"), at: place)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      note("\(text): \(Refusal(error).name)", at: place)
      refuse(Refusal(error))
      if ended.isEmpty { fail(.parted(reason: "\(error)"), at: place) }
      if !(error is ReplicationError) { fail(.undocumented(error: "\(error)"), at: place) }
    }
    try check(place)
    try check(other)
  }

  /// Ends a replica as its operators are told to: the heir syncs with all that are left before.
  private mutating func succeed(_ other: Int, by place: Int) async throws {
    guard ends[other] == nil, ends[place] == nil, place != other, left.count > 2 else { return }
    for third in left where third != place && third != other {
      try await sync(place, with: third)
    }
    if fault != nil { return }
    let id = scene.identities[other]
    let isEnded = try await attempt(
      "takes the place of \(scene.name(ofReplica: other))", at: place,
      allowing: \.isDocumentedForSuccession
    ) { member in try await member.succeed(id) }
    if !isEnded { return }
    ends[other] = (place, members[place].snapshot.vector[scene.identities[place]])
  }

  /// Syncs all that are left until they are equal.
  private mutating func conclude() async throws {
    for _ in 0..<2 {
      for other in left.dropFirst() where fault == nil {
        try await sync(left[0], with: other)
      }
    }
    if fault != nil { return }
    let digests = try left.map { try members[$0].snapshot.digest }
    if Set(digests).count > 1 {
      fail(.parted(reason: "after all have synced, they differ"), at: nil)
    }
  }
}
