import Foundation
import MerganserLog
import MerganserModel
import MerganserTypes
import Synchronization
import TestSupport
import Testing

/// What is asked of a store while its data file is replaced, again and again.
@Suite struct ReplacedFileTests {
  /// A question, and how it is put.
  enum Question: String, CaseIterable, CustomTestStringConvertible {
    case snapshot, logBytes, sizeOnDisk, backup, verification

    var testDescription: String { rawValue }
  }

  @Test(arguments: Question.allCases)
  func isAnsweredAllTheSame(_ question: Question) throws {
    let folder = try TemporaryFolder()
    var generator = SplitMix(seed: 1)
    let store = try LogStore.create(
      at: folder.path(of: "store"), identity: identity(),
      options: ReplicaOptions(durability: .survivesProcessCrash))
    var source = VersionSource(origins: 3, using: &generator)
    try store.append(
      (0..<20).map { source.next(of: source.origins[$0 % 3], size: 50, using: &generator) })
    let heads = try store.snapshot().heads
    let isDone = Mutex(false)
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 3) { worker in
      do {
        if worker == 0 {
          defer { isDone.withLock { $0 = true } }
          for _ in 0..<60 { try store.compact() }
          return
        }
        var asked = 0
        while !isDone.withLock({ $0 }) || asked == 0 {
          asked += 1
          switch question {
          case .snapshot:
            if try store.snapshot().heads != heads {
              failures.withLock { $0.append("other heads") }
            }
          case .logBytes: _ = try store.logBytes
          case .sizeOnDisk: _ = try store.sizeOnDisk
          case .backup:
            let path = folder.path(of: "copy \(worker) \(asked)")
            try store.backup(to: path)
            try FileManager.default.removeItem(atPath: path)
          case .verification:
            if try !LogStore.verify(at: store.path).isSound {
              failures.withLock { $0.append("unsound") }
            }
          }
        }
      } catch {
        isDone.withLock { $0 = true }
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    try store.close()
  }
}
