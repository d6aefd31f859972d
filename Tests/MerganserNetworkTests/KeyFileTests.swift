#if Network
  import Foundation
  import Merganser
  import MerganserNetwork
  import MerganserTypes
  import TestSupport
  import Testing

  /// Keys lie in files that nobody but their owner can read.
  @Suite struct KeyFileTests {
    private let folder: TemporaryFolder
    private let replica = ReplicaID(high: 1, low: 2)
    private let authority: DatabaseAuthority

    init() throws {
      folder = try TemporaryFolder()
      authority = try DatabaseAuthority(of: replica)
    }

    private func mode(of path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func whatWasSavedIsReadAgain() throws {
      let (keys, member) = (folder.path(of: "authority.pem"), folder.path(of: "member.pem"))
      try authority.save(to: keys)
      let again = try DatabaseAuthority(at: keys)
      #expect(again.database == replica)
      let identity = try again.identity(of: ReplicaID(high: 3, low: 4))
      try identity.save(to: member)
      let read = try MemberIdentity(at: member)
      #expect(read.replica == identity.replica)
      #expect(read.database == replica)
      #expect(read.serial == identity.serial)
      #expect(try mode(of: keys) == 0o600)
      #expect(try mode(of: member) == 0o600)
    }

    @Test func aMemberMakesItsKeyItself() throws {
      let key = MemberKey()
      let text = try authority.certificates(for: key.publicKey, of: replica)
      #expect(!text.contains("PRIVATE"))
      let identity = try MemberIdentity(key, certificates: text)
      #expect(identity.replica == replica)
      #expect(throws: NetworkError.self) { try MemberIdentity(MemberKey(), certificates: text) }
    }

    @Test func nothingIsWrittenOver() throws {
      let path = folder.path(of: "authority.pem")
      try authority.save(to: path)
      let before = try Data(contentsOf: URL(filePath: path))
      #expect(throws: NetworkError.self) { try authority.save(to: path) }
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o620]) func whatOthersCanReadIsRefused(
      _ mode: Int
    ) throws {
      let path = folder.path(of: "member.pem")
      try authority.identity(of: replica).save(to: path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      #expect(
        throws: NetworkError.keyReadableByOthers(path: path, mode: String(mode, radix: 8))
      ) { try MemberIdentity(at: path) }
    }

    @Test func whatIsNoKeyIsRefused() throws {
      let path = folder.path(of: "member.pem")
      try authority.identity(of: replica).save(to: path)
      let whole = try String(contentsOfFile: path, encoding: .utf8)
      var draw = SplitMix(seed: 7)
      for round in 0..<200 {
        var bytes = Array(whole.utf8)
        if round % 2 == 0 {
          bytes.removeLast(Int.random(in: 1..<bytes.count, using: &draw))
        } else {
          bytes[Int.random(in: 0..<bytes.count, using: &draw)] = UInt8.random(
            in: 0...255, using: &draw)
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: bytes)
        try handle.close()
        do {
          // A byte outside of what is encoded may change nothing.
          let identity = try MemberIdentity(at: path)
          #expect(round % 2 == 1 && identity.replica == replica)
        } catch is NetworkError {}
      }
      #expect(throws: NetworkError.self) { try MemberIdentity(at: folder.path(of: "none")) }
      #expect(throws: NetworkError.self) { try MemberIdentity(at: folder.path) }
      #expect(throws: NetworkError.self) { try DatabaseAuthority(at: path) }
    }
  }
#endif
