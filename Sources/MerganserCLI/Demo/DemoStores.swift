import Foundation
import Merganser
import MerganserLog

/// The folder of the demo's stores: an empty one, or that of an earlier demo, which makes room.
enum DemoStores {
  private static let mark = "merganser-demo"

  /// Makes the folder ready.
  ///
  /// Nothing is removed from one that no demo made, nor from one that is in use.
  static func prepare(_ directory: String) throws {
    let files = FileManager.default
    try UserFile.makeFolders(directory)
    let names = try files.contentsOfDirectory(atPath: directory)
    let markPath = "\(directory)/\(mark)"
    guard names.isEmpty || names.contains(mark) else {
      throw Failure(
        "\(directory) is not empty, and not of an earlier demo: name another folder with --store")
    }
    let stores = Place.allCases.flatMap { [$0.folder, $0.deskFolder] }.filter(names.contains)
    for store in stores { try refuseUse(of: "\(directory)/\(store)") }
    for store in stores { try files.removeItem(atPath: "\(directory)/\(store)") }
    try UserFile.write(
      "The stores here are made anew by each run of merganser demo.\n", to: markPath)
  }

  /// Refuses to touch a store that somebody has open; one that is damaged may go.
  private static func refuseUse(of path: String) throws {
    do {
      try LogStore.open(at: path).close()
    } catch StorageError.inUse(let path) {
      throw StorageError.inUse(path: path)
    } catch {}
  }
}
