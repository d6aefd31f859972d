/// Where what another history wrote lies here, once its changes have been made again.
///
/// Two histories share a beginning, in which a dot names the same in both. Behind it, a dot of the other
/// history means nothing here, or even another write; what it wrote has another dot here, if it was made
/// again.
///
/// Sendable although it changes: it never leaves the thread of the transaction that writes.
package final class Repetition: @unchecked Sendable {
  /// The beginning that both histories share: by replica, its last write.
  package let common: [ReplicaID: UInt64]
  /// By dot of the other history: its dot here.
  private var places: [Dot: Dot] = [:]
  /// The dots of the other history that have places, in the order in which they were noted.
  private var noted: [Dot] = []

  /// By replica of the other history: who made its changes again.
  private var heirs: [ReplicaID: ReplicaID] = [:]

  /// The repetition of changes behind a common beginning, of which none was made yet.
  package init(common: [ReplicaID: UInt64]) { self.common = common }

  /// The dot here of what `dot` names in the other history; `nil` if it was not made again.
  package func place(of dot: Dot) -> Dot? {
    if dot.sequence <= common[dot.replica] ?? 0 { return dot }
    return places[dot]
  }

  /// Under which replica counts of `replica` that were made again count here.
  package func heir(of replica: ReplicaID) -> ReplicaID { heirs[replica] ?? replica }

  /// Notes who made changes of `replica` again.
  package func note(_ replica: ReplicaID, madeAgainBy heir: ReplicaID) { heirs[replica] = heir }

  /// Notes that what `dot` names in the other history has the dot `place` here.
  package func note(_ dot: Dot, at place: Dot) {
    if places.updateValue(place, forKey: dot) == nil { noted.append(dot) }
  }

  /// How many dots have places.
  package var count: Int { noted.count }

  /// The dots that were noted behind the first `count`, with their places.
  package func places(behind count: Int) -> [(dot: Dot, place: Dot)] {
    noted[count...].compactMap { dot in places[dot].map { (dot, $0) } }
  }

  /// Forgets the dots that were noted behind the first `count`, as what was written was taken back.
  package func goBack(to count: Int) {
    for dot in noted[count...] { places[dot] = nil }
    noted.removeLast(noted.count - count)
  }
}

extension Author {
  /// The dot here of what `dot` names where the change was made; `nil` if it is not here.
  package func place(of dot: Dot) -> Dot? {
    guard let repetition else { return dot }
    return repetition.place(of: dot)
  }

  /// A dot that names a new write, which makes again what `dot` names.
  mutating func nextDot(repeating dot: Dot) -> Dot {
    let place = nextDot()
    repetition?.note(dot, at: place)
    return place
  }
}
