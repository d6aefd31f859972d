import Foundation
import MerganserLog
import Synchronization

/// How far a file has grown, or the newest data file in a folder: a bar, where that takes longer than a second and a
/// person looks on.
final class FileProgress: Sendable {
  private let hasEnded = Mutex(false)
  private let drawing = DispatchGroup()

  /// The progress of the file that is to be at `path`, or of a data file in it, that will have about `size` bytes.
  init(of path: String, expecting size: Int) {
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
        let grown = min(Self.size(of: path), size) >> 20
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

  private static func size(of path: String) -> Int {
    func names(in folder: String) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
    var newest =
      names(in: path).filter { $0.hasSuffix(".mdb") }.max().map { "\(path)/\($0)" } ?? path
    if !FileManager.default.fileExists(atPath: newest) {
      // It takes its name once it is whole.
      let folder = UserFile.folder(of: path)
      let beginning = (path as NSString).lastPathComponent + "."
      let partial = names(in: folder).first {
        $0.hasPrefix(beginning) && $0.hasSuffix(PartialName.ending)
      }
      if let partial { newest = "\(folder)/\(partial)" }
    }
    return (try? FileManager.default.attributesOfItem(atPath: newest))?[.size] as? Int ?? 0
  }
}
