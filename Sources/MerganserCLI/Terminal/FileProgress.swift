import Foundation
import Synchronization

/// How far the newest data file in a folder has grown: a bar, where that takes longer than a second and a
/// person looks on.
final class FileProgress: Sendable {
  private let hasEnded = Mutex(false)
  private let drawing = DispatchGroup()

  /// The progress of a data file in `folder` that will have about `size` bytes.
  init(of folder: String, expecting size: Int) {
    guard Terminal.isInteractive else { return }
    DispatchQueue.global().async(group: drawing) { [self] in
      let start = ContinuousClock.now
      while ContinuousClock.now - start < .seconds(1) {
        if hasEnded.withLock({ $0 }) { return }
        Thread.sleep(forTimeInterval: 0.05)
      }
      let bar = ProgressBar(total: max(1, size >> 20), of: "MB")
      var drawn = 0
      while !hasEnded.withLock({ $0 }) {
        let grown = min(Self.newestFile(in: folder), size) >> 20
        bar.advance(by: max(0, grown - drawn))
        drawn = max(drawn, grown)
        Thread.sleep(forTimeInterval: 0.1)
      }
      bar.advance(by: max(0, (size >> 20) - drawn))
      bar.finish()
    }
  }

  /// Ends the bar, if there is one.
  func end() {
    hasEnded.withLock { $0 = true }
    drawing.wait()
  }

  private static func newestFile(in folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard let newest = names.filter({ $0.hasSuffix(".mdb") }).max() else { return 0 }
    let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(newest)")
    return attributes?[.size] as? Int ?? 0
  }
}
