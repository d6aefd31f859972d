import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// What helps where a merge breaks an invariant, or where nothing is known.
@Suite struct RemedyTests {
  private struct Courses: Schema {
    let closed = Table<String, EnableWinsFlag>("closed")
    let enrolled = Table<String, GSet<Int>>("enrolled")

    var invariants: [any Invariant] {
      Custom("nobody is in a closed course", over: [closed, enrolled]) { [closed, enrolled] in
        try $0[closed, "go"]?.isEnabled != true || $0[enrolled, "go"]?.elements.isEmpty != false
      }
    }
  }

  private static let courses = Courses()

  private func voiding(
    _ transactions: [AnyDeclaredTransaction], for invariant: String
  ) throws -> [Set<String>] {
    let courses = Self.courses
    let workload = try Workload("courses", of: courses, start: { _ in }) {
      for one in transactions { one }
    }
    let analysis = try Analysis(workload)
    let remedies = try Planning(analysis).remedies[invariant] ?? []
    return remedies.filter { $0.way == .voiding && $0.isProved }.map { Set($0.transactions) }
  }

  private var close: AnyDeclaredTransaction {
    let courses = Self.courses
    return AnyDeclaredTransaction(
      DeclaredTransaction("close") { try $0[courses.closed, "go"].enable() })
  }

  private var enroll: AnyDeclaredTransaction {
    let courses = Self.courses
    return AnyDeclaredTransaction(
      DeclaredTransaction("enroll", over: [1, 2]) { tx, student in
        try tx[courses.enrolled, "go"].insert(student)
      })
  }

  /// Either may give way, since neither reads what the other writes.
  @Test func oneOfTwoThatConflictBecomesVoid() throws {
    let found = try voiding([close, enroll], for: "nobody is in a closed course")
    #expect(found == [["close"], ["enroll"]])
  }

  /// One that looks first may rest on a call that becomes void behind it.
  @Test func whoReadsWhatMayBecomeVoidDoesNotStandWithoutIt() throws {
    let courses = Self.courses
    let looking = AnyDeclaredTransaction(
      DeclaredTransaction("close") { tx in
        if try tx[courses.enrolled, "go"].value?.elements.isEmpty != false {
          try tx[courses.closed, "go"].enable()
        }
      })
    let found = try voiding([looking, enroll], for: "nobody is in a closed course")
    #expect(found == [["close"]])
  }

  /// Of what no search decides, all that writes runs in one order, of which nothing need be known.
  @Test func whatIsUnknownIsOrdered() throws {
    let courses = Self.courses
    let workload = try Workload("courses", of: courses, start: { _ in }) {
      DeclaredTransaction("enroll", over: Array(1...40)) { tx, student in
        if try tx[courses.closed, "go"].value == nil {
          try tx[courses.enrolled, tx.replica.shortDescription].insert(student)
        }
      }
      close
    }
    let budget = Budget(replicas: 2, configurations: 30)
    let analysis = try Analysis(workload, within: budget)
    guard case .unknown = analysis.verdicts[0].verdict else {
      Issue.record("\(analysis.verdicts)")
      return
    }
    let planning = try Planning(analysis, within: budget)
    for name in ["enroll", "close"] {
      #expect(planning.plan.entries[name]?.way == .ordered)
      #expect(planning.plan.entries[name]?.basis == .theorems)
    }
    #expect(planning.remedies.values.flatMap { $0 }.map(\.way) == [.order])
  }
}
