import Synchronization

/// Who is told what a replica does.
final class Observers: Sendable {
  typealias Observer = @Sendable (ReplicaEvent) -> Void

  private let observers = Mutex<[Observer]>([])

  /// Whether there are none, so that nothing need be measured.
  var isEmpty: Bool { observers.withLock { $0.isEmpty } }

  func add(_ observer: @escaping Observer) { observers.withLock { $0.append(observer) } }

  /// Tells all of them.
  func tell(_ event: @autoclosure () -> ReplicaEvent) {
    let observers = observers.withLock { $0 }
    guard !observers.isEmpty else { return }
    let event = event()
    for observer in observers { observer(event) }
  }
}
