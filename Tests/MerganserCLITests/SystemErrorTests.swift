import CommandSupport
import Foundation
import TestSupport
import Testing

/// What the system refuses is told in a sentence with the file's name.
@Suite struct SystemErrorTests {
  @Test(arguments: [
    (["replay", "none", "--store", "s"], "none: there is nothing of this name"),
    (["replay", "folder", "--store", "s"], "folder: it is a folder, not a file"),
    (["replay", "file/x", "--store", "s"], "file/x: a part of its path is a file, not a folder"),
    (["replay", "circle", "--store", "s"], "circle: its symbolic links lead in a circle"),
    (["replay", "good", "--store", "none/s"], "none/s: there is no folder none; make it first"),
    (["replay", "good", "--store", "file"], "file: there is something of this name already"),
    (["import", "store", "none"], "none: there is nothing of this name"),
    (["import", "store", "folder"], "folder: it is a folder, not a file"),
    (["import", "store", "circle"], "circle: its symbolic links lead in a circle"),
    (["export", "store", "none/x"], "none/x: there is no folder none; make it first"),
    (["export", "store", "file/x"], "file/x: there is no folder file; make it first"),
    (
      ["check", "courseware", "--report", "none/x"],
      "none/x: there is no folder none; make it first"
    ),
    (["check", "courseware", "--report", "folder"], "folder: it is a folder, not a file"),
    (
      ["check", "courseware", "--plans", "none/x"], "none/x: there is no folder none; make it first"
    ),
    (["check", "courseware", "--plans", "file"], "file: there is something of this name already"),
    (["demo", "--store", "file"], "file: there is something of this name already"),
    (["export", "store", "circle"], "circle: it exists already; name another file"),
    (["export", "store", "dangling"], "dangling: it exists already; name another file"),
    (["check", "--report", "folder"], "folder: it is a folder, not a file"),
    (["demo", "--store", "s", "--report", "folder"], "folder: it is a folder, not a file"),
    (["show", "circle"], "circle"), (["backup", "store", "file/x"], "there is no folder file"),
    (["backup", "store", "none/x"], "none/x: there is no folder none; make it first"),
    (["backup", "store", "file"], "file: there is something of this name already"),
  ])
  func isASentence(_ arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    try TestStore.bank(at: "\(folder.path)/store")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/folder", withIntermediateDirectories: false)
    for name in ["file", "good"] {
      try "trans_id;account_id;type;amount\n1;7;PRIJEM;3.00\n".write(
        toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/circle", withDestinationPath: "circle")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/dangling", withDestinationPath: "none/x")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let outcome = try Command.start(arguments, in: folder).finish()
    let lines = outcome.errors.split(separator: "\n")
    #expect(outcome.status == 1 && lines.last?.hasPrefix("merganser: ") == true, "\(outcome)")
    #expect(lines.last?.contains(message) == true, "\(outcome.errors)")
    for leak in ["operation could", "Error", "errno", "No such", "Domain"] {
      #expect(!outcome.errors.contains(leak), "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == names)
  }
}
