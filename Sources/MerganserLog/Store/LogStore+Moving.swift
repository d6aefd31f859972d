package import MerganserModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LogStore {
  /// Gives a folder with a store that nobody has open another name, which nothing has yet.
  ///
  /// - Throws: ``/MerganserModel/StorageError/unusable(path:reason:)``, if there is something of that name.
  package static func move(from path: String, to place: String) throws(StorageError) {
    guard !FileSystem.exists(place) else {
      throw .unusable(path: place, reason: "there is something of this name")
    }
    guard rename(path, place) == 0 else {
      throw .fromSystem(errno, operation: "rename", path: path)
    }
    try FileSystem.synchronizeDirectory(FileSystem.parentDirectory(of: place))
  }

  /// Whether there is anything of a name.
  package static func isOccupied(_ path: String) -> Bool { FileSystem.exists(path) }

  /// A path without slashes at its end.
  package static func trimmed(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.hasSuffix("/") { path = path.dropLast() }
    return String(path)
  }

  /// Whether the folder exists in which something of a name is, or would be.
  package static func hasFolder(for path: String) -> Bool {
    let folder = FileSystem.parentDirectory(of: path)
    return FileSystem.exists(folder) && !FileSystem.isFile(folder)
  }

  /// Removes a folder with a store that nobody has open and nobody needs, first what names the store; what
  /// else is in the folder stays, and the folder with it.
  package static func remove(at path: String) throws(StorageError) {
    guard FileSystem.exists(path) else { return }
    let names = try FileSystem.names(in: path)
    let known = [CurrentFile.name, OpeningFile.name, OwnerLock.name]
    for name in names where known.contains(name) { FileSystem.remove(path + "/" + name) }
    for name in names where CurrentFile.isGenerated(name) { FileSystem.remove(path + "/" + name) }
    _ = rmdir(path)
  }
}
