// Sources/Shopping/main.swift
import Merganser

struct Shopping: Schema {
  let items = Table<String, PNCounter>("items")  // how many of each
  let notes = Table<String, LWWRegister<String>>("notes")  // what to look for

  var invariants: [any Invariant] {
    Check("a note has at most 40 characters", on: notes) { _, note in note.count <= 40 }
    ForeignKey("a note belongs to an item", from: notes, to: items, onDelete: .cascade)
  }
}

let list = Shopping()
let phone = try await Replica.open(list, at: "phone")
let laptop = try await Replica.open(list, at: "laptop", joining: phone.founder)

// Each replica is written to by itself. Nobody waits for anybody.
try await phone.write { tx in
  try tx[list.items, "milk"].increment(by: 2)
  try tx[list.notes, "milk"].set("the one in the blue carton")
}
try await laptop.write { tx in
  try tx[list.items, "milk"].increment(by: 1)
  try tx[list.items, "bread"].increment(by: 1)
}

// A write that would break an invariant is refused, as a whole, and says why.
do {
  try await laptop.write { tx in
    try tx[list.items, "tea"].increment(by: 1)
    try tx[list.notes, "coffee"].set("dark")
  }
} catch let violation as InvariantViolation {
  print(violation)
}

// After a sync both hold what either held.
let report = try await phone.sync(with: laptop)
print("received \(report.received), sent \(report.sent)")
for replica in [phone, laptop] {
  for row in try replica.snapshot.rows(list.items) {
    let count = try row.value.value  // throws if the sum of all replicas does not fit 64 bits
    print(row.key, count)
  }
}

try await phone.close()
try await laptop.close()
