#if Network
  import Foundation
  import MerganserModel
  import MerganserTypes
  import Synchronization

  /// Which invitations were used, in a file that only its owner can read.
  ///
  /// A line is on the disk before a certificate is given. Who joins and loses the connection then needs another invitation. The
  /// file is read anew at each use, and locked meanwhile: several processes may have it open.
  package final class UsedInvitations: Sendable {
    private struct State: ~Copyable {
      let file: FileHandle
      /// Those that were used here: one of them may not be in the file, as the disk was full.
      var used: Set<ReplicaID> = []
    }

    private let path: String
    private let state: Mutex<State>

    /// Opens the file, which is made if it is not there.
    package init(at path: String) throws {
      self.path = path
      let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { throw Self.failure(at: path) }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      guard fchmod(descriptor, 0o600) == 0 else { throw Self.failure(at: path) }
      do {
        _ = try Self.ids(in: file)
        try file.synchronize()
        state = Mutex(State(file: file))
      } catch {
        throw InvitationError.notRecorded(path: path, reason: "\(error)".shortened)
      }
      // The name of a new file is to be there after a crash as well.
      let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
      if folder >= 0 {
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(at: path) }
      }
    }

    /// Takes notice that an invitation is used by a replica; durable when it returns.
    ///
    /// - Throws: ``InvitationError/used``; ``InvitationError/notRecorded(path:reason:)``.
    func use(_ invitation: Invitation, for replica: ReplicaID) throws(InvitationError) {
      try state.withLock { state throws(InvitationError) in
        let descriptor = state.file.fileDescriptor
        guard flock(descriptor, LOCK_EX) == 0 else { throw Self.failure(at: path) }
        defer { flock(descriptor, LOCK_UN) }
        let known: Set<ReplicaID>
        do { known = try Self.ids(in: state.file) } catch {
          throw .notRecorded(path: path, reason: "\(error)".shortened)
        }
        guard !known.contains(invitation.id), state.used.insert(invitation.id).inserted else {
          throw .used
        }
        do {
          // On a line of its own, also behind one that was torn: that was not answered, and hides none.
          try state.file.write(contentsOf: Data("\n\(invitation.id) \(replica)\n".utf8))
          try state.file.synchronize()
        } catch {
          // It may be on the disk: it stays used.
          throw .notRecorded(path: path, reason: "\(error)".shortened)
        }
      }
    }

    /// The invitations that a file names.
    private static func ids(in file: FileHandle) throws -> Set<ReplicaID> {
      try file.seek(toOffset: 0)
      let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
      return Set(
        text.split(separator: "\n").compactMap { line in
          line.split(separator: " ").first.flatMap { ReplicaID(String($0)) }
        })
    }

    private static func failure(at path: String) -> InvitationError {
      .notRecorded(path: path, reason: String(cString: strerror(errno)))
    }
  }
#endif
