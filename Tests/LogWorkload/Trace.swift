import CFileFaults

/// What a recorded run did to its files.
struct Trace {
  enum Operation {
    case write(file: UInt64, offset: Int, bytes: ArraySlice<UInt8>, isDurable: Bool)
    case truncate(file: UInt64, length: Int)
    case synchronize(file: UInt64)
    case create(name: String, file: UInt64)
    case rename(from: String, to: String)
    case remove(name: String)
    case synchronizeFolder
    case note(String)
  }

  let operations: [Operation]

  /// Reads a trace; `nil` if the bytes are none.
  init?(_ bytes: [UInt8]) {
    var operations: [Operation] = []
    var offset = 0
    func word(_ place: Int) -> Int {
      (0..<8).reduce(0) { $0 | Int(bytes[offset + place + $1]) << (8 * $1) }
    }
    while offset < bytes.count {
      guard offset + 25 <= bytes.count else { return nil }
      let (file, position, length) = (UInt64(word(1)), word(9), word(17))
      let start = offset + 25
      guard start + length <= bytes.count else { return nil }
      let content = bytes[start..<start + length]
      let text = String(decoding: content, as: UTF8.self)
      switch file_record(UInt32(bytes[offset])) {
      case file_write:
        operations.append(.write(file: file, offset: position, bytes: content, isDurable: false))
      case file_write_durable:
        operations.append(.write(file: file, offset: position, bytes: content, isDurable: true))
      case file_truncate: operations.append(.truncate(file: file, length: position))
      case file_sync: operations.append(.synchronize(file: file))
      case file_create: operations.append(.create(name: text, file: file))
      case file_rename:
        let names = text.split(separator: "\0").map(String.init)
        guard names.count == 2 else { return nil }
        operations.append(.rename(from: names[0], to: names[1]))
      case file_remove: operations.append(.remove(name: text))
      case file_sync_folder: operations.append(.synchronizeFolder)
      case file_note: operations.append(.note(text))
      default: return nil
      }
      offset = start + length
    }
    self.operations = operations
  }
}

/// What is on a disk: files, and the names that lead to them.
struct DiskImage {
  /// A file's bytes; behind them there are zeros up to its length.
  struct File {
    var bytes: [UInt8] = []
    var length = 0
  }

  var files: [UInt64: File] = [:]
  var names: [String: UInt64] = [:]

  /// Does an operation; of a write only the bytes for which `keeps` says so, by sectors of 512.
  mutating func apply(_ operation: Trace.Operation, keeping keeps: (Int) -> Bool = { _ in true }) {
    switch operation {
    case .write(let file, let offset, let bytes, _):
      var whole = files.removeValue(forKey: file) ?? File()
      var contents = whole.bytes
      whole.bytes = []
      let end = offset + bytes.count
      if contents.count < end {
        contents.append(contentsOf: repeatElement(0, count: end - contents.count))
      }
      var start = offset
      while start < end {
        let next = min(end, (start / 512 + 1) * 512)
        if keeps(start / 512) {
          let from = bytes.startIndex + start - offset
          contents.withUnsafeMutableBytes { contents in
            bytes[from..<from + next - start].withUnsafeBytes {
              UnsafeMutableRawBufferPointer(rebasing: contents[start..<next]).copyMemory(from: $0)
            }
          }
        }
        start = next
      }
      files[file] = File(bytes: contents, length: max(whole.length, end))
    case .truncate(let file, let length):
      var whole = files.removeValue(forKey: file) ?? File()
      if whole.bytes.count > length { whole.bytes.removeLast(whole.bytes.count - length) }
      whole.length = length
      files[file] = whole
    case .create(let name, let file):
      names[name] = file
      if files[file] == nil { files[file] = File() }
    case .rename(let from, let to):
      if let file = names.removeValue(forKey: from) { names[to] = file }
    case .remove(let name): names[name] = nil
    case .synchronize, .synchronizeFolder, .note: break
    }
  }
}

/// A disk with a cache that the power's end empties: what was not waited for may be there or not.
struct VolatileDisk {
  private(set) var durable = DiskImage()
  private(set) var pending: [Trace.Operation] = []

  /// Does an operation as the disk does it while the power is on.
  mutating func apply(_ operation: Trace.Operation) {
    switch operation {
    case .write(let file, let offset, let bytes, true):
      settle { other in
        guard case .write(file, let start, let others, _) = other else { return false }
        return start < offset + bytes.count && offset < start + others.count
      }
      durable.apply(operation)
    case .synchronize(let file):
      settle { other in
        switch other {
        case .write(file, _, _, _), .truncate(file, _): true
        default: false
        }
      }
    case .synchronizeFolder:
      settle { other in
        switch other {
        case .create, .rename, .remove: true
        default: false
        }
      }
    case .note: break
    default: pending.append(operation)
    }
  }

  private mutating func settle(_ isMeant: (Trace.Operation) -> Bool) {
    for operation in pending where isMeant(operation) { durable.apply(operation) }
    pending.removeAll(where: isMeant)
  }
}
