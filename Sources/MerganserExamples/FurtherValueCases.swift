import MerganserConfluence
import MerganserDatabase
import MerganserModel
import MerganserTypes

private let kind = "of the same kinds"

// Registers, flags and bounds.
extension ConfluenceCase {
  static func furtherValues() throws(SchemaError) -> [ConfluenceCase] {
    try registers() + flags() + extremes()
  }

  private static func registers() throws(SchemaError) -> [ConfluenceCase] {
    let first = OneTable("a desk is somebody's", of: FWWRegister<String>.self) {
      try $0[$1, "desk"].map { $0.value != nil } ?? true
    }
    let single = OneTable("a seat has one guest", of: MVRegister<String>.self) {
      try $0[$1, "seat"].map { $0.values.count <= 1 } ?? true
    }
    let sit = DeclaredTransaction("sit", over: ["ann", "bob"]) { tx, guest in
      try tx[single.rows, "seat"].set(guest)
    }
    let move = DeclaredTransaction("move", over: ["seat"], over: ["ann", "bob"]) {
      tx, seat, guest in
      try tx[single.rows, seat].set(guest)
    }
    let doctors = OneTable("somebody is on call", of: LWWRegister<Bool>.self) { snapshot, rows in
      try ["ann", "bob"].contains { try snapshot[rows, $0]?.value == true }
    }
    let begin: @Sendable (borrowing Transaction) throws -> Void = { tx in
      for doctor in ["ann", "bob"] { try tx[doctors.rows, doctor].set(true) }
    }
    return [
      try ConfluenceCase(
        36, title: "the first claim stands", verdict: .closes, source: kind, schema: first
      ) {
        DeclaredTransaction("claim", over: ["ann", "bob"]) { tx, name in
          try tx[first.rows, "desk"].set(name)
        }
      },
      try ConfluenceCase(
        37, title: "values that stand side by side", verdict: .refuted, source: kind, schema: single
      ) { sit },
      try ConfluenceCase(
        38, title: "the same, each seat with an owner", verdict: .closes, source: kind,
        schema: single
      ) { move.placed(.owned(byArgument: 0)) },
      try ConfluenceCase(
        39, title: "somebody is on call, both may go", verdict: .refuted, source: kind,
        schema: doctors, start: begin
      ) {
        DeclaredTransaction("go", over: ["ann", "bob"]) { tx, doctor in
          try tx[doctors.rows, doctor].set(false)
        }
      },
      try ConfluenceCase(
        40, title: "somebody is on call, one may go", verdict: .closes, source: kind,
        schema: doctors, start: begin
      ) {
        DeclaredTransaction("go", over: ["ann"]) { tx, doctor in
          try tx[doctors.rows, doctor].set(false)
        }
        DeclaredTransaction("come", over: ["ann", "bob"]) { tx, doctor in
          try tx[doctors.rows, doctor].set(true)
        }
      },
    ]
  }

  private static func flags() throws(SchemaError) -> [ConfluenceCase] {
    let lights = OneTable("not both are green", of: EnableWinsFlag.self) {
      try $0[$1, "north"]?.isEnabled != true || $0[$1, "east"]?.isEnabled != true
    }
    let guards = OneTable("one of two is on", of: DisableWinsFlag.self) {
      try $0[$1, "left"]?.isEnabled == true || $0[$1, "right"]?.isEnabled == true
    }
    let leave = DeclaredTransaction("leave", over: ["left", "right"]) { tx, side in
      try tx[guards.rows, side].disable()
    }
    let begin: @Sendable (borrowing Transaction) throws -> Void = { tx in
      for side in ["left", "right"] { try tx[guards.rows, side].enable() }
    }
    return [
      try ConfluenceCase(
        41, title: "two lights, each turned green alone", verdict: .refuted, source: kind,
        schema: lights
      ) {
        DeclaredTransaction("green", over: ["north", "east"]) { tx, side in
          try tx[lights.rows, side].enable()
        }
      },
      try ConfluenceCase(
        42, title: "two lights, one of which is never green", verdict: .closes, source: kind,
        schema: lights
      ) {
        DeclaredTransaction("green") { tx in try tx[lights.rows, "north"].enable() }
        DeclaredTransaction("red", over: ["north", "east"]) { tx, side in
          try tx[lights.rows, side].disable()
        }
      },
      try ConfluenceCase(
        43, title: "two guards, either may leave", verdict: .refuted, source: kind, schema: guards,
        start: begin
      ) { leave },
      try ConfluenceCase(
        44, title: "two guards leave in one order", verdict: .closes, source: kind, schema: guards,
        start: begin
      ) { leave.placed(.ordered) },
    ]
  }

  private static func extremes() throws(SchemaError) -> [ConfluenceCase] {
    let steps = OneTable("what is done was planned", of: Max<Int>.self) {
      try ($0[$1, "done"]?.value ?? 0) <= ($0[$1, "planned"]?.value ?? 0)
    }
    let window = TwoTables(
      "it begins before it ends", of: Max<Int>.self, and: Min<Int>.self
    ) { try ($0[$1, "begin"]?.value ?? 0) <= ($0[$2, "end"]?.value ?? 9) }
    let later = DeclaredTransaction("begin later", over: [2, 4]) { tx, time in
      try tx[window.one, "begin"].observe(time)
    }
    let sooner = DeclaredTransaction("end sooner", over: [3, 5]) { tx, time in
      try tx[window.two, "end"].observe(time)
    }
    return [
      try ConfluenceCase(
        45, title: "done is at most planned, both only grow", verdict: .closes, source: kind,
        schema: steps
      ) {
        DeclaredTransaction("plan", over: [1, 2]) { tx, step in
          try tx[steps.rows, "planned"].observe(step)
        }
        DeclaredTransaction("do") { tx in
          let next = (try tx[steps.rows, "done"].value?.value ?? 0) + 1
          try tx[steps.rows, "done"].observe(min(next, 2))
        }
      },
      try ConfluenceCase(
        46, title: "a window that both sides narrow", verdict: .refuted, source: kind,
        schema: window
      ) {
        later
        sooner
      },
      try ConfluenceCase(
        47, title: "a window that one side narrows", verdict: .closes, source: kind, schema: window
      ) { later },
    ]
  }
}
