import Foundation
import MerganserDatabase
import MerganserLog
import MerganserModel
import MerganserTypes
import TestSupport
import Testing

/// One identity has one history: who goes on from an earlier state of a store, or from a copy, is another
/// replica; a store that was moved, or whose process was killed, goes on as it was.
@Suite struct RestoreTests {
  let folder: TemporaryFolder
  let path: String
  let backup: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path(of: "store")
    backup = folder.path(of: "backup")
    try LogStore.create(at: path, identity: identity()).close()
    try use()
  }

  /// Opens the store, tells why it took a new replica, and appends to it.
  @discardableResult
  private func use(_ path: String? = nil, compacts: Bool = false) throws -> Renewal? {
    let store = try LogStore.open(at: path ?? self.path)
    var generator = SplitMix(seed: .random(in: .min ... .max))
    var source = VersionSource(origins: 1, using: &generator)
    source.heads = try store.snapshot().heads
    let origin = store.identity.replica
    try store.append([source.next(of: origin, size: 100, using: &generator)])
    if compacts { try store.compact() }
    try store.close()
    #expect(try LogStore.verify(at: path ?? self.path).isSound)
    return store.renewal
  }

  /// The name of the data file.
  private var dataFile: String {
    get throws {
      let name = names(in: path).first { $0.hasSuffix(".mdb") }
      return path + "/" + (try #require(name))
    }
  }

  /// Writes bytes over what a file has, which stays the same file.
  private func overwrite(_ path: String, with bytes: [UInt8]) throws {
    let file = open(path, O_WRONLY)
    defer { close(file) }
    #expect(write(file, bytes, bytes.count) == bytes.count)
    #expect(ftruncate(file, off_t(bytes.count)) == 0)
  }

  /// Copies files as `cp -r from/* to/` does: into files of the same name, where there are some.
  private func copyFiles(_ from: String, to: String, except: [String] = []) throws {
    mkdir(to, 0o755)
    for name in names(in: from) where !except.contains(name) {
      let bytes = try readFile(from + "/" + name)
      if access(to + "/" + name, F_OK) == 0 {
        try overwrite(to + "/" + name, with: bytes)
      } else {
        try writeFile(to + "/" + name, bytes: bytes)
      }
    }
  }

  @Test func aStoreThatIsUsedAgainAndAgainKeepsItsReplica() throws {
    for compacts in [false, true, false, true, true, false] {
      #expect(try use(compacts: compacts) == nil)
    }
    let moved = folder.path(of: "moved")
    #expect(rename(path, moved) == 0)
    #expect(try use(moved) == nil)
    #expect(try use(moved) == nil)
    #expect(rename(moved, path) == 0)
    #expect(try use() == nil)
    let store = try LogStore.open(at: path)
    #expect(store.identity == identity())
  }

  @Test(arguments: [false, true])
  func oldBytesInTheSameFile(compacts: Bool) throws {
    try use(compacts: compacts)
    let old = try readFile(dataFile)
    #expect(try use() == nil)
    try overwrite(dataFile, with: old)
    #expect(try use() == .copied)
    #expect(try use() == nil)
    // They are never those of the store again.
    try overwrite(dataFile, with: old)
    #expect(try use() == .copied)
  }

  /// Such a copy is not to be made; nobody writes just then, so it is whole.
  @Test func bytesOfAnOpenStore() throws {
    let store = try LogStore.open(at: path)
    let old = try readFile(dataFile)
    try store.close()
    #expect(try use() == nil)
    try overwrite(dataFile, with: old)
    #expect(try use() == .copied)
  }

  @Test func theFileOutsideIsGoneOrAnother() throws {
    unlink(path + "/OPENING")
    #expect(try use() == .copied)
    #expect(try use() == nil)
    let old = try readFile(path + "/OPENING")
    #expect(try use() == nil)
    try overwrite(path + "/OPENING", with: old)
    #expect(try use() == .copied)
    try overwrite(path + "/OPENING", with: [1, 2, 3])
    #expect(try use() == .copied)
  }

  /// Only where nothing was written since may a process have ended before the file outside was replaced.
  @Test func theFileOutsideOfBeforeAKill() throws {
    let old = try readFile(path + "/OPENING")
    let child = try ChildProcess(["write", path, "1"])
    _ = child.readSome()
    child.end()
    #expect(child.finish().end == .signal(SIGKILL))
    try overwrite(path + "/OPENING", with: old)
    #expect(try use() == .copied)
  }

  enum Way: CaseIterable {
    /// `cp -r copy/* store/`, without `OPENING`, and where none is left.
    case over, overButOpening, overWithoutOpening
    /// `rm -rf store; cp -r copy store`.
    case anew
    /// Another folder.
    case elsewhere
  }

  private func restore(_ copy: String, way: Way) throws -> String {
    switch way {
    case .over: try copyFiles(copy, to: path)
    case .overButOpening: try copyFiles(copy, to: path, except: ["OPENING"])
    case .overWithoutOpening:
      try copyFiles(copy, to: path)
      unlink(path + "/OPENING")
    case .anew:
      removeTree(path)
      try copyFiles(copy, to: path)
    case .elsewhere:
      try copyFiles(copy, to: folder.path(of: "elsewhere"))
      return folder.path(of: "elsewhere")
    }
    return path
  }

  @Test(arguments: Way.allCases, [false, true])
  func copiesOfTheFolder(way: Way, isUsedMeanwhile: Bool) throws {
    let copy = folder.path(of: "copy")
    try copyFiles(path, to: copy)
    if isUsedMeanwhile { try use() }
    let place = try restore(copy, way: way)
    // Written over themselves, the same bytes are the same store.
    let isSame = !isUsedMeanwhile && (way == .over || way == .overButOpening)
    #expect(try use(place) == (isSame ? nil : .copied))
    #expect(try use(place) == nil)
  }

  @Test(arguments: Way.allCases, [false, true])
  func backups(way: Way, compacts: Bool) throws {
    if compacts { try use(compacts: true) }
    let store = try LogStore.open(at: path)
    try store.backup(to: backup)
    #expect(names(in: backup) == ["000001.mdb", "CURRENT", "OWNER"])
    // Used no more, or ended without being closed: in either case it is the state of this opening.
    try store.close()
    let place = try restore(backup, way: way)
    #expect(try use(place) == .copied)
    #expect(try use(place) == nil)
    // Each that is made of it is another.
    let again = try LogStore.openForReading(at: place)
    try again.backup(to: folder.path(of: "second"))
    again.close()
    #expect(rename(folder.path(of: "second"), folder.path(of: "third")) == 0)
    #expect(try use(folder.path(of: "third")) == .copied)
    #expect(try use(folder.path(of: "third")) == nil)
  }

  @Test func aBackupOverTheStoreOfAKilledProcess() throws {
    let child = try ChildProcess(["write", path, "1"])
    _ = child.readSome()
    let reading = try LogStore.openForReading(at: path)
    try reading.backup(to: backup)
    reading.close()
    child.end()
    #expect(child.finish().end == .signal(SIGKILL))
    try copyFiles(backup, to: path)
    #expect(try use() == .copied)
  }

  #if os(Linux)
    /// At each step of opening, appending and closing the process is killed: the store keeps its replica, and
    /// what it held before that is put back is noticed wherever something was appended since.
    @Test func killedAtEachStep() throws {
      var (call, appended, hasEnded) = (0, 0, false)
      while !hasEnded {
        let before = try readFile(dataFile)
        let (output, end) = try ChildProcess.run("use-and-die", path, "\(call)")
        hasEnded = end == .exit(0)
        try #require(hasEnded || end == .signal(SIGKILL), "\(output)")
        if output.contains("appended"), call % 2 == 0 {
          appended += 1
          try overwrite(dataFile, with: before)
          #expect(try use() == .copied, "call \(call)")
        }
        #expect(try use() == nil, "call \(call): \(output)")
        call += 1
      }
      #expect(call > 10 && appended > 2)
    }
  #endif
}
