import MerganserDatabase
import MerganserModel
import MerganserTypes

/// The bytes of one version, whoever wrote them.
package enum FuzzedVersion: FuzzedPart {
  package static let name = "version"

  package static func seeds() throws -> [[UInt8]] { try FuzzHouse.history(24).map(\.payload) }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    for origin in replicas {
      guard let stored = try? StoredVersion(origin: origin, payload: bytes) else { return }
      guard let version = try? stored.decoded() else { continue }
      _ = (version.links, version.replicas, version.extensions, version.needed)
      for write in version.writes { _ = (write.table, write.key.count, write.delta.count) }
      try check(stored)
    }
  }

  /// Offers the version to a replica, before and behind an honest one.
  private static func check(_ version: StoredVersion) throws(Divergence) {
    do {
      let catalog = try FuzzHouse.catalog.get()
      var ends: [(heads: [ReplicaID: Head], digest: UInt64)] = []
      let honest = try FuzzHouse.history(6)
      for versions in [honest + [version], [version] + honest] {
        var receiver = Database(catalog: catalog, replica: replicas[3], founder: replicas[0])
        let reception = try receiver.receive(versions, wall: FuzzHouse.wall)
        tell("version: \(reception.applied.contains(version) ? "one that is applied" : "another")")
        ends.append((receiver.heads, try receiver.snapshot.digest))
      }
      // The same write of the same origin may come once as this version and once as the honest one.
      if honest.contains(where: { $0.origin == version.origin }) { return }
      try expect(ends[0] == ends[1], what: "two orders of a version and a history differ")
    } catch let error as Divergence {
      throw error
    } catch {
      throw Divergence("\(error)")
    }
  }
}
