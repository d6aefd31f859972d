import CFileFaults
import Foundation
import Merganser
import MerganserLog

/// Does one operation again and again, each time with another call to the system failing.
///
/// After each, without faults: what was there before is there, as a whole; the stores are sound, and still the same
/// replicas'; and the operation, done again, brings what it brings on a disk that does not fail.
struct DiskTrials {
  private let operation: Operation
  private let folder: String
  private(set) var count = 0
  /// In how many of the trials the call that was to fail was made.
  private(set) var met = 0
  private(set) var findings: [String] = []
  private var before: [String: Contents] = [:]
  private var after: [String: Contents] = [:]

  /// What a store holds.
  private struct Contents: Equatable {
    var vector: VersionVector
    var digest: UInt64
  }

  private static let functions = [
    file_open_new, file_write_call, file_pwrite_call, file_writev_call, file_fsync, file_fdatasync,
    file_ftruncate, file_renaming,
  ]

  init(_ operation: Operation, in folder: String) {
    (self.operation, self.folder) = (operation, folder)
  }

  /// Lets calls of each function fail, in each way that there is: all of them, or one of each.
  mutating func check(all: Bool) async throws {
    try FileManager.default.createDirectory(
      atPath: template, withIntermediateDirectories: true)
    try await operation.prepare(in: template)
    let path = try copy()
    before = try await contents(in: path)
    file_faults_watch(path, nil)
    try await operation.run(in: path)
    let calls = Self.functions.map { (function: $0, count: file_faults_calls($0)) }
    file_faults_stop()
    after = try await contents(in: path)
    guard operation == .compact || before != after else {
      return findings.append("the operation changes nothing")
    }
    for (function, total) in calls where total > 0 {
      for fault in Self.faults(of: function) {
        var call = all ? 0 : total / 2
        while try await isMet(fault, function: function, call: call), all, findings.count < 20 {
          call += 1
        }
      }
    }
  }

  private static func faults(of function: file_function) -> [file_fault] {
    switch function {
    case file_write_call, file_pwrite_call, file_writev_call:
      [fault_io, fault_no_space, fault_short_write, fault_full_disk, fault_kill]
    case file_fsync, file_fdatasync: [fault_io, fault_kill]
    default: [fault_io, fault_no_space, fault_full_disk, fault_kill]
    }
  }

  private var template: String { folder + "/template" }

  /// A copy of what was prepared; its stores have been opened, as a copy takes a new id then.
  private func copy() throws -> String {
    let path = "\(folder)/\(count)"
    try FileManager.default.copyItem(atPath: template, toPath: path)
    for store in operation.stores { try LogStore.open(at: "\(path)/\(store)").close() }
    return path
  }

  /// Does the operation with one fault, and tells whether that was met.
  private mutating func isMet(
    _ fault: file_fault, function: file_function, call: Int
  ) async throws -> Bool {
    count += 1
    alarm(60)
    let path = try copy()
    let place =
      "\(operation), call \(call) of function \(function.rawValue), fault \(fault.rawValue)"
    var isMet = true
    var isDone = false
    if fault == fault_kill {
      (isMet, isDone) = try isKilled(function, call: call, in: path, place: place)
    } else {
      file_faults_watch(path, nil)
      file_faults_arm_function(fault, function, call)
      do {
        try await operation.run(in: path)
        isDone = true
        isMet = file_faults_disarm() != 0
      } catch {
        isMet = file_faults_disarm() != 0
        if !isMet { findings.append("\(place): \(error) without a fault") }
        judge(error, fault: fault, place: place)
      }
      file_faults_stop()
    }
    do {
      try await judge(path, isDone: isDone, place: place)
    } catch {
      findings.append("\(place): afterwards, \(error)")
    }
    try FileManager.default.removeItem(atPath: path)
    if isMet { met += 1 }
    return isMet
  }

  private mutating func judge(_ error: any Error, fault: file_fault, place: String) {
    guard let error = error as? StorageError else {
      return findings.append("\(place): it ends with \(type(of: error)), \(error)")
    }
    let isAboutRoom =
      switch error {
      case .diskFull, .unusable, .inDoubt: true
      default: false
      }
    if fault == fault_no_space || fault == fault_full_disk, !isAboutRoom {
      findings.append("\(place): a full disk shows as \(error)")
    }
  }

  /// Judges what an operation left, and does it again.
  private mutating func judge(_ path: String, isDone: Bool, place: String) async throws {
    for store in operation.stores {
      let opened = try LogStore.open(at: "\(path)/\(store)")
      if let renewal = opened.renewal { findings.append("\(place): \(store) is new: \(renewal)") }
      try opened.close()
      let verified = try LogStore.verify(at: "\(path)/\(store)").findings
      if !verified.isEmpty { findings.append("\(place): \(store): \(verified)") }
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(store)")
      let isTidy = names.count { $0.hasSuffix(".mdb") } == 1 && names.count == 5
      if !isTidy { findings.append("\(place): \(store) has \(names)") }
    }
    for (store, found) in try await contents(in: path) {
      guard let before = before[store], let after = after[store] else { continue }
      let isBetween =
        before.vector.isCovered(by: found.vector) && found.vector.isCovered(by: after.vector)
      if !isBetween || (isDone && found != after)
        || (found.vector == before.vector && found != before)
        || (found.vector == after.vector && found != after)
      {
        findings.append("\(place): \(store) holds \(found), done: \(isDone)")
      }
    }
    try await operation.run(in: path)
    let again = try await contents(in: path)
    if again != after { findings.append("\(place): done again, it brings \(again)") }
    for store in operation.stores {
      let verified = try LogStore.verify(at: "\(path)/\(store)").findings
      if !verified.isEmpty { findings.append("\(place): \(store), again: \(verified)") }
    }
  }

  private func contents(in path: String) async throws -> [String: Contents] {
    var contents: [String: Contents] = [:]
    for store in operation.stores {
      let reading = try await Replica.open(Shop(), at: "\(path)/\(store)")
      contents[store] = Contents(
        vector: reading.snapshot.vector, digest: try reading.snapshot.digest)
      try await reading.close()
    }
    return contents
  }

  /// Does the operation in a process that is killed before a call; tells whether it was, or else whether all is done.
  private mutating func isKilled(
    _ function: file_function, call: Int, in path: String, place: String
  ) throws -> (Bool, Bool) {
    let executable = "/proc/self/exe"
    let arguments = [
      executable, "killed", operation.rawValue, path, "\(function.rawValue)", "\(call)",
    ]
    var words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, executable, nil, nil, &words, environ)
    guard code == 0 else { throw Operation.Unprepared(reason: "spawn: \(code)") }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if status & 0x7F == SIGKILL { return (true, false) }
    if status != 0 { findings.append("\(place): the process ends with status \(status)") }
    return (false, status == 0)
  }
}
