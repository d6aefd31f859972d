import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The description of a schema that another replica says it has.
package enum FuzzedSchema: FuzzedPart {
  package static let name = "schema"

  package static func seeds() throws -> [[UInt8]] {
    let whole = try FuzzHouse.catalog.get().description
    let layouts = SchemaDescription(
      tables: [
        SchemaDescription.Table(
          name: "colours", key: "Int", value: "LWWRegister<Colour>", layouts: ["Colour": "one byte"]
        )
      ], invariants: [])
    let parts = whole.tables.map { SchemaDescription(tables: [$0], invariants: []) }
    return [whole.binaryEncoded(), layouts.binaryEncoded()] + parts.map { $0.binaryEncoded() }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    guard let schema = try? SchemaDescription(binaryEncoded: bytes) else { return }
    try check(schema)
  }

  /// What a store does with a description: it is compared, taken over, and read by tools.
  static func check(_ schema: SchemaDescription) throws(Divergence) {
    guard let again = try? SchemaDescription(binaryEncoded: schema.binaryEncoded()) else {
      throw Divergence("a schema's own bytes are not read")
    }
    try expect(again == schema, what: "a schema's own bytes are another schema")
    try expect(again.fingerprint == schema.fingerprint, what: "a schema has two fingerprints")
    guard case .success(let catalog) = FuzzHouse.catalog else {
      throw Divergence("the schema of the seeds is none")
    }
    _ = try? Catalog(describing: schema)
    let own = catalog.description
    guard let later = try? own.later(schema) else { return tell("schema: one that differs") }
    tell("schema: one that is taken over")
    try expect(
      (try? later.later(own)) == later && (try? later.later(schema)) == later,
      what: "a schema grows again by what it grew from")
    guard (try? Catalog(describing: later)) != nil else {
      throw Divergence("a schema was taken over that no tool reads")
    }
  }
}
