import MerganserDatabase
import MerganserModel
import MerganserTypes

/// A search over what replicas can show, which knows of no history: whatever shows is merged with whatever else
/// shows, in every way in which a merge of types can come out.
///
/// It goes through more than can happen, and through far less than there are histories: where it comes to an end
/// and an invariant holds of all, the invariant holds of every merge that can be reached. Where it does not hold, that says
/// nothing. By the size of what is shown, and not of the number of replicas that show it, this is the small model that
/// an exact search lacks: what is written by no replica's identity is decided for any number of them.
///
/// What one replica alone writes, or the owner of a value, has one history: states that show what cannot both stand in that
/// are not merged.
///
/// The steps: what a transaction makes of a state follows from what the state shows, which is not assumed; each is run on
/// states that show the same by each replica's hand and at other times. What a merge shows is one of the outcomes that
/// its type gives (``ShownType``). So by induction over a history, what each replica shows is among what the search
/// has seen.
struct ShownSearch {
  /// What a search over what is shown found.
  struct Result: Sendable {
    /// The invariants that hold of every merge of what can be shown.
    let kept: Set<String>
    /// How many replicas that is true of; `nil` for any number.
    let replicas: Int?
    /// How many different states are shown.
    let states: Int
    /// What each transaction was seen to write, in the workload's order.
    let effects: [Set<Effect>]
    /// By transaction: the tables that it was seen to ask for or write to.
    let touched: [Set<Int>]
    /// The transactions that commit nowhere, with no arguments that were tried.
    let vacuous: Set<String>
    /// Whether a call was refused anywhere, by an invariant or by what it throws.
    let hasRefusals: Bool

    /// How it ended, in a few words.
    var text: String {
      "all \(states) states that \(replicas.map { "\($0)" } ?? "any number of") replicas can show"
    }
  }

  private let workload: Workload
  private let clearances: [Clearance]
  /// How much work it may do.
  private let mostWork: Int
  private let invariants: [BoundInvariant]
  private let forms: ShownForms
  private let replicas: [ReplicaID]
  /// Of how many replicas it is asked.
  private let asked: Int
  private let mayRun: [Call]
  var rows: ShownRows
  var numbers: [[UInt32]: Int] = [:]
  var states: [[UInt32]] = []
  /// By state: what was written together.
  var ties: [Set<ShownTie>] = []
  private var tieNumbers: [Set<ShownTie>: UInt32] = [[]: 0]
  /// Whether states that show the same are told apart by what was written together.
  private var isTying = false
  /// What was shown, whatever was written together.
  var allShown: Set<[UInt32]> = []
  /// By state that breaks invariants: these, each a bit.
  private var refused: [[UInt32]: UInt64] = [:]
  var open: UInt64 = 0
  private var done = 0
  let hasCascades: Bool
  /// By table: what its rows go with.
  let parents: [[(table: Int, key: @Sendable ([UInt8]) -> [UInt8])]]
  private var isForAny = true
  private var hasRefusals = false
  private var effects: [Set<Effect>]
  private var touched: [Set<Int>]
  /// What the call that ran last left where it wrote.
  private var written: [Int: AnyRow?] = [:]
  /// By transaction: whether it was seen to commit.
  private var commits: [Bool]

  /// A call, and where it may run.
  private struct Call {
    let transaction: Int
    let call: Int
    let places: [Bool]
    /// Who runs it, wherever that is, if it is the owner of a value: another one than any replica by its place.
    let owner: Int?
  }

  /// How many outcomes of merges are looked at; a run of a transaction counts as many, and what invariants are asked of
  /// a database.
  private static let mostWork = 2_500_000

  /// How much of the work of all searches an outcome is.
  private static let workOfOutcome = 4

  /// How a search ended.
  enum Ending: Sendable {
    /// All that can be shown was seen.
    case closed(Result)
    /// What is named, a transaction or an invariant, computes with the times or the numbers of the writes that it reads, and
    /// does not only compare times: no search decides it, since each tries few.
    case computesWithTimes(String)
    /// It did not come to an end, or the workload is not of the kind that can be searched so.
    case open

    /// What was found, if all was seen.
    var result: Result? { if case .closed(let result) = self { result } else { nil } }

    /// What computes with times; `nil` if nothing was seen to.
    var timed: String? { if case .computesWithTimes(let name) = self { name } else { nil } }
  }

  /// Searches a workload.
  ///
  /// - Throws: what a condition throws.
  static func search(
    _ workload: Workload, replicas: Int, in session: SearchSession
  ) throws -> Ending {
    try searched(workload, replicas: replicas, in: session).ending
  }

  /// Searches a workload, and gives what was seen as well.
  ///
  /// - Throws: what a condition throws.
  static func searched(
    _ workload: Workload, replicas: Int, in session: SearchSession
  ) throws -> (search: ShownSearch, ending: Ending) {
    let share = session.share / workOfOutcome
    var search = ShownSearch(workload, replicas: replicas, work: min(mostWork, share))
    // Nothing is decided of what nobody asks.
    if workload.origin != nil || workload.invariants.isEmpty || !workload.hasUsualNames {
      return (search, .open)
    }
    defer {
      session.spend(
        search.done * workOfOutcome, wasShort: search.done > share && share < mostWork)
    }
    do {
      if let result = try search.round() {
        if result.kept.count == search.invariants.count || !search.rows.mayTie {
          return (search, .closed(result))
        }
        return try search.tied(result)
      }
    } catch NotShown.computesWithTimes(let name) {
      return (search, .computesWithTimes(name))
    } catch is NotShown {
    } catch is TooManyOutcomes {
    }
    return (search, .open)
  }

  /// The result of a search that learns what transactions do until that is all; `nil` if that takes too long.
  private mutating func round() throws -> Result? {
    for _ in 0..<Self.mostRounds {
      if let result = try run() { return result }
    }
    return nil
  }

  /// The search, or the same with what was written together, where that keeps more invariants.
  private func tied(_ result: Result) throws -> (search: ShownSearch, ending: Ending) {
    var search = self
    search.isTying = true
    do {
      if let tied = try search.round(), tied.kept.count > result.kept.count {
        return (search, .closed(tied))
      }
    } catch is NotShown {
    } catch is TooManyOutcomes {
    }
    var same = self
    same.done = search.done
    return (same, .closed(result))
  }

  /// Whether what a database shows is among what the search has seen.
  mutating func contains(_ state: DatabaseState) throws -> Bool {
    var none: [Int: AnyRow?] = [:]
    return allShown.contains(try shown(by: state, from: nil, touching: &none))
  }

  /// How often a search begins anew as it learns what transactions do.
  private static let mostRounds = 24
  /// On how many states it learns more before it does.
  private static let mostLessons = 100

  private init(_ workload: Workload, replicas: Int, work: Int) {
    self.workload = workload
    clearances = (0..<Workload.replicas.count).map { workload.clearance(at: $0) }
    mostWork = work
    invariants = workload.invariants
    forms = ShownForms(of: workload)
    asked = replicas
    // Two know one order of their names.
    let replicas = max(replicas, 3)
    self.replicas = Array(Workload.replicas.prefix(replicas))
    rows = ShownRows(workload.catalog)
    parents = workload.catalog.tables.indices.map { workload.catalog.cascadingParents(ofTable: $0) }
    hasCascades = parents.contains { !$0.isEmpty }
    let values = workload.ownedValues
    mayRun = workload.transactions.enumerated().flatMap { number, transaction in
      transaction.calls.enumerated().map { place, call in
        // Whoever owns a value: any of them.
        let places = (0..<replicas).map { transaction.placement != .ordered || $0 == 0 }
        var owner: Int?
        if case .owned(let argument) = transaction.placement,
          call.arguments.indices.contains(argument)
        {
          owner = values.firstIndex(of: call.arguments[argument]).map { replicas + $0 }
        }
        return Call(transaction: number, call: place, places: places, owner: owner)
      }
    }
    effects = Array(repeating: [], count: workload.transactions.count)
    touched = Array(repeating: [], count: workload.transactions.count)
    commits = Array(repeating: false, count: workload.transactions.count)
  }

  /// Searches once; `nil` if more is known in the end of what transactions do than was at the beginning.
  private mutating func run() throws -> Result? {
    (numbers, states, refused) = ([:], [], [:])
    (ties, allShown) = ([], [])
    (open, isForAny) = (0, true)
    rows.forgetJoins()
    let start = try SearchedStart(workload.catalog, start: workload.start).state
    var started: [Int: AnyRow?] = [:]
    try start.forEachRow { table, key, row in started[rows.slot(table, key: key)] = row }
    rows.begin(with: Set(started.keys))
    rows.noteStep(
      started, by: SearchedStart.founder, at: SearchedStart.time, after: 0, form: ShownForm.plain)
    let splitCount = rows.splitCount
    let habits = rows.habits
    let stepCount = rows.stepCount
    let counts = rows.seen.map(\.count)
    var none: [Int: AnyRow?] = [:]
    let first = try shown(by: start, from: nil, touching: &none)
    guard try broken(first) == 0 else {
      throw NotShown.tooMany
    }
    add(
      first,
      tied: isTying
        ? rows.ties(behind: started, from: [], writingFrom: 0, isWritten: { _, _ in true }) : [])
    var next = 0
    // Behind the first step that shows something new, more is learnt from steps alone, and the search begins anew.
    var lessons = 0
    while next < states.count, lessons < Self.mostLessons {
      if Task.isCancelled { throw CancellationError() }
      try step(next, isLesson: lessons > 0)
      if lessons > 0 || rows.habits != habits || rows.splitCount != splitCount {
        lessons += 1
        next += 1
        continue
      }
      for other in 0...next {
        try merge(next, with: other)
      }
      next += 1
    }
    if lessons > 0 { return nil }
    for (slot, seen) in rows.seen.enumerated() where rows.hangsOnSeen(slot) {
      if slot >= counts.count || seen.count > counts[slot] { return nil }
    }
    guard rows.stepCount == stepCount else { return nil }
    let kept = invariants.enumerated().filter { open & (1 << UInt64($0.offset)) == 0 }
    return Result(
      kept: Set(kept.map(\.element.name)), replicas: isForAny ? nil : asked,
      states: states.count, effects: effects, touched: touched,
      vacuous: Set(
        workload.transactions.indices.filter { !commits[$0] }.map { workload.transactions[$0].name }
      ), hasRefusals: hasRefusals)
  }

  /// Runs every call at every replica on a state.
  ///
  /// Where it only learns, in one form.
  private mutating func step(_ number: Int, isLesson: Bool) throws {
    let before = states[number]
    let kinds = forms.kinds(of: before, in: rows)
    var databases: [Int: DatabaseState] = [:]
    func database(_ form: Int) throws -> DatabaseState {
      if let known = databases[kinds[form]] { return known }
      let made = try forms.database(before, in: rows, form: form)
      databases[kinds[form]] = made
      return made
    }
    for call in mayRun {
      var seen: [UInt32]??
      let name = workload.transactions[call.transaction].name
      for place in replicas.indices where call.places[place] {
        // By what a state is and when it is asked.
        var found: [[UInt64]: [UInt32]?] = [:]
        func next(_ form: Int) throws -> [UInt32]? {
          let question = [UInt64(kinds[form]), ShownForm.all[form].now.bits]
          if let known = found[question] { return known }
          let next = try run(call, at: place, on: try database(form), form: form, from: before)
          found[question] = .some(next)
          return next
        }
        let plain = try next(ShownForm.plain)
        let tied =
          isTying
          ? rows.ties(
            behind: written, from: ties[number], writingFrom: ShownRows.firstNumber
          ) {
            rows.isWritten(
              $1, at: $0, time: ShownForm.all[ShownForm.plain].now, by: replicas[place])
          } : []
        if isLesson {
          if let plain { add(plain, tied: tied) }
          continue
        }
        // By the replica's own hand, and by another's; how times and names compare is no matter of places.
        var others = [ShownForm.own(place), ShownForm.own((place + 1) % replicas.count)]
        if seen == nil {
          let fixed = try (0..<ShownForm.drawn.lowerBound).map { try next($0) }
          try forms.requireSame(fixed, of: name)
          others += ShownForm.drawn(forState: number)
        }
        for form in others where try next(form) != plain { throw NotShown.hidden(name) }
        if let seen, seen != plain { isForAny = false }
        seen = .some(plain)
        if let plain { add(plain, tied: tied) }
      }
    }
  }

  /// What a call makes of a state; `nil` if it does not commit, or breaks an invariant by itself.
  private mutating func run(
    _ call: Call, at place: Int, on state: DatabaseState, form: Int, from before: [UInt32]
  ) throws -> [UInt32]? {
    try work(Self.workOfRun)
    let transaction = call.transaction
    let declared = workload.transactions[transaction]
    var observed = ObservedTransaction()
    var next: DatabaseState?
    do {
      next = try state.transacting(
        as: replicas[place], founder: replicas[0], catalog: workload.catalog,
        clearance: clearances[place],
        time: ShownForm.all[form].now, observing: &observed, body: declared.calls[call.call].body)
      // What is ordered may be there to read.
      if next == nil, declared.placement == .ordered { commits[transaction] = true }
    } catch { hasRefusals = true }
    touched[transaction].formUnion(observed.tables)
    // A few times are tried, and not all.
    if observed.readsTime { throw NotShown.hidden(declared.name) }
    if observed.readsReplica { isForAny = false }
    guard let next else { return nil }
    var written: [Int: AnyRow?] = [:]
    let after = try shown(
      by: next, from: before, writer: call.owner ?? place, touching: &written)
    if !allShown.contains(after), try broken(after) != 0 {
      hasRefusals = true
      return nil
    }
    self.written = written
    rows.noteStep(
      written, by: replicas[place], at: ShownForm.all[form].now, after: ShownRows.firstNumber - 1,
      form: form)
    commits[transaction] = true
    effects[transaction].formUnion(observed.effects)
    return after
  }

  /// The invariants that do not hold of a state, each a bit.
  mutating func broken(_ state: [UInt32]) throws -> UInt64 {
    if let known = refused[state] { return known }
    let found = try forms.broken(state, in: rows, count: states.count)
    try work(found.asked * Self.workOfRun)
    if found.bits != 0 { refused[state] = found.bits }
    return found.bits
  }

  /// How much a run of a transaction is, or what invariants are asked of a database.
  private static let workOfRun = 30

  mutating func work(_ amount: Int) throws(NotShown) {
    done += amount
    if done > mostWork { throw .tooMany }
  }

  mutating func add(_ state: [UInt32], tied: Set<ShownTie>) {
    let state = Self.trimmed(state)
    let key = key(of: state, tied: tied)
    guard numbers[key] == nil else { return }
    numbers[key] = states.count
    states.append(state)
    ties.append(tied)
    allShown.insert(state)
  }

  /// What a state is known by.
  mutating func key(of state: [UInt32], tied: Set<ShownTie>) -> [UInt32] {
    if tied.isEmpty { return state }
    let number = tieNumbers[tied] ?? UInt32(tieNumbers.count)
    tieNumbers[tied] = number
    return state + [.max, number]
  }

  /// The state without the slots at its end in which there is nothing.
  static func trimmed(_ state: [UInt32]) -> [UInt32] {
    guard let last = state.lastIndex(where: { $0 != 0 }) else { return [] }
    return last == state.count - 1 ? state : Array(state[...last])
  }

  /// What a database shows that a transaction made, of a state if there was one.
  private mutating func shown(
    by state: DatabaseState, from before: [UInt32]?, writer: Int = 0,
    touching touched: inout [Int: AnyRow?]
  ) throws -> [UInt32] {
    var shown = Array(repeating: UInt32(0), count: rows.slots.count)
    try state.forEachRow { table, key, row in
      let slot = rows.slot(table, key: key)
      if slot >= shown.count { shown += repeatElement(0, count: slot + 1 - shown.count) }
      let former = before.flatMap { slot < $0.count ? $0[slot] : 0 } ?? 0
      if let known = rows[former], known.all.contains(where: { $0 === row }) {
        shown[slot] = former
        return
      }
      touched[slot] = .some(row)
      shown[slot] = try rows.number(of: row, at: slot)
      if before != nil {
        try rows.note(slot, by: writer, before: former, after: shown[slot], row: row)
      }
    }
    if let before {
      for (slot, row) in before.enumerated() where row != 0 && shown[slot] == 0 {
        touched[slot] = .some(nil)
        try rows.note(slot, by: writer, before: row, after: 0, row: nil)
      }
    }
    return Self.trimmed(shown)
  }
}
