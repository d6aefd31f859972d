import Foundation
import MerganserLog

/// Folders that hold several stores, as those of a bank's branches.
enum StoreFolders {
  /// The names of the stores that stand in a folder which holds none itself, in order.
  static func names(in path: String) -> [String] {
    guard UserFile.isFolder(path), (try? LogStore.exists(at: path)) == false else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { (try? LogStore.exists(at: "\(path)/\($0)")) == true }.sorted()
  }
}
