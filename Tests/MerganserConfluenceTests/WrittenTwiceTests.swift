import MerganserConfluence
import MerganserModel
import MerganserTypes
import Testing

/// Registers that a transaction writes several times: the last write is left, at the transaction's time.
@Suite struct WrittenTwiceTests {
  private struct Twins: Schema {
    let rows = Table<String, LWWRegister<Int>>("rows")
    let name: String
    let holds: @Sendable (_ one: Int, _ two: Int) -> Bool
    var invariants: [any Invariant] {
      let (rows, holds) = (rows, holds)
      Custom(name, over: [rows]) {
        holds(try $0[rows, "one"]?.value ?? 0, try $0[rows, "two"]?.value ?? 0)
      }
    }
  }

  @Test func bothRegistersEndWithOneTransaction() throws {
    let schema = Twins(name: "they are alike", holds: ==)
    #expect(
      try isConfluent(schema) {
        DeclaredTransaction("set both", over: [1, 2]) { tx, value in
          for written in [7, value + 10, value] { try tx[schema.rows, "one"].set(written) }
          for written in [8, value] { try tx[schema.rows, "two"].set(written) }
        }
      })
  }

  @Test(arguments: 2...3)
  func whatGoesWrongIsShown(replicas: Int) throws {
    let schema = Twins(name: "not both", holds: { $0 == 0 || $1 == 0 })
    #expect(
      try !isConfluent(schema, replicas: replicas) {
        for key in ["one", "two"] {
          DeclaredTransaction("set \(key)") { tx in
            let other = try tx[schema.rows, key == "one" ? "two" : "one"].value?.value ?? 0
            for written in [0, 5, other == 0 ? 3 : 0] { try tx[schema.rows, key].set(written) }
          }
        }
      })
  }
}
