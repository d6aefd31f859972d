import Dispatch
import Merganser
import MerganserDatabase
import MerganserLog
import Testing

/// What is written at the same time may be more than a storage takes at once.
@Suite struct LargeGroupTests {
  struct Files: Schema {
    let files = Table<Int, LWWRegister<String>>("files")
    var invariants: [any Invariant] {}
  }

  let schema = Files()

  /// Replicas, of which the second has written so many files of the given size.
  private func replicas(
    _ storage: some VersionStorage, files count: Int, size: Int
  ) async throws -> (Replica<Files>, [StoredVersion]) {
    let (files, text) = (schema.files, String(repeating: "x", count: size))
    // How long this takes is not the point.
    var running = Running()
    running.timeLimit = nil
    let lisbon = try Replica(schema, running: running, storage: storage)
    let porto = try Replica(schema, joining: lisbon.founder)
    for number in 0..<count { try await porto.write { try $0[files, number].set(text) } }
    var versions: [StoredVersion] = []
    for try await batch in porto.versions(beyond: VersionVector()) { versions += batch }
    return (lisbon, versions)
  }

  @Test func aReceptionOfMoreThanOneAppendTakes() async throws {
    let (lisbon, versions) = try await replicas(MemoryStorage(), files: 7, size: 15 << 20)
    #expect(versions.reduce(0) { $0 + $1.payload.count } > MemoryStorage.maximumBatchSize)
    let reception = try await lisbon.apply(versions)
    #expect(reception.applied.count == 7)
    #expect(lisbon.snapshot.vector[versions[0].origin] == 7)
    #expect(try lisbon.snapshot.count(schema.files) == 7)
  }

  @Test func whatIsStoredOfItStays() async throws {
    let storage = FailingStorage(MemoryStorage())
    let (lisbon, versions) = try await replicas(storage, files: 7, size: 15 << 20)
    storage.fail(after: 1)
    await #expect(throws: StorageError.self) { try await lisbon.apply(versions) }
    #expect(storage.disarm())
    // Four of them go into one append.
    #expect(lisbon.snapshot.vector[versions[0].origin] == 4)
    #expect(try storage.kept.snapshot().vector == lisbon.snapshot.vector)
    #expect(try lisbon.snapshot.count(schema.files) == 4)
    #expect(try await lisbon.apply(versions).applied.count == 3)
    #expect(try storage.kept.snapshot().vector == lisbon.snapshot.vector)
  }

  @Test func whatIsTooLargeFailsAlone() async throws {
    let storage = MemoryStorage()
    let (lisbon, _) = try await replicas(storage, files: 0, size: 0)
    let files = schema.files
    let large = String(repeating: "x", count: 17 << 20)
    for large in [large, "small"] {
      // Nobody is stored before all of them wait.
      let (began, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      let first = Task {
        try await lisbon.write { tx in
          began.signal()
          goesOn.wait()
          try tx[files, 0].set("first")
        }
      }
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          began.wait()
          continuation.resume()
        }
      }
      let others = (1..<10).map { number in
        Task {
          try await lisbon.write { try $0[files, number].set(number == 5 ? large : "\(number)") }
        }
      }
      try await Task.sleep(for: .milliseconds(50))
      goesOn.signal()
      try await first.value
      for (place, other) in others.enumerated() {
        switch await other.result {
        case .success: #expect(place != 4 || large == "small")
        case .failure(let error):
          #expect(place == 4)
          guard case StorageError.tooLarge = error else {
            Issue.record("\(error)")
            continue
          }
        }
      }
      #expect(try lisbon.snapshot.count(files) == (large == "small" ? 10 : 9))
      #expect(try storage.snapshot().vector == lisbon.snapshot.vector)
    }
  }
}
