import Foundation

/// A folder that is there for one test, and gone with the last reference to it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init(in parent: String? = nil) throws {
    path =
      URL(filePath: parent ?? NSTemporaryDirectory()).appending(
        path: "merganser-\(UUID().uuidString)"
      ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func path(of name: String) -> String { path + "/" + name }
}
