import Foundation
import TestSupport

extension TemporaryFolder {
  /// The bytes of every file of a store that versions are kept in.
  func contents(of store: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(store)")
    where !name.hasSuffix("-lock") && name != "OWNER" {
      contents[name] = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(store)/\(name)"))
    }
    return contents
  }

  /// Replaces a file of a store by what `change` makes of it.
  func damage(_ store: String, name: String, change: (inout Data) -> Void) throws {
    let url = URL(fileURLWithPath: "\(path)/\(store)/\(name)")
    var data = try Data(contentsOf: url)
    change(&data)
    try data.write(to: url)
  }
}
