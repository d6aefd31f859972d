import Merganser

/// The replicas of which a store knows something, found by how their ids begin.
struct KnownReplicas {
  /// The store's folder.
  let store: String
  let replicas: [ReplicaID]
  /// What the store has of them, as it stands in a message: "has writes of".
  let relation: String

  /// The replicas in a collection.
  init(of store: String, relation: String, replicas: some Sequence<ReplicaID>) {
    self.store = store
    self.relation = relation
    self.replicas = replicas.sorted()
  }

  /// The one whose id begins as was typed.
  ///
  /// - Throws: ``Failure``, where none begins so, or several do.
  func replica(_ typed: String) throws -> ReplicaID {
    let found = replicas.filter { $0.description.hasPrefix(typed.lowercased()) }
    if let replica = found.first, found.count == 1 { return replica }
    func list(_ replicas: [ReplicaID]) -> String {
      replicas.isEmpty ? "none" : replicas.map(\.description).joined(separator: ", ")
    }
    throw Failure(
      found.isEmpty
        ? "\(store) knows no replica \(typed); it \(relation) \(list(replicas))"
        : "\(typed) is how the ids of several replicas begin: \(list(found))")
  }
}
