@testable import MerganserSync
import MerganserDatabase
import MerganserTypes

/// The frames of a bundle, with checksums that fit whatever stands in them.
package enum FuzzedBundle: FuzzedPart {
  package static let name = "bundle"

  package static func seeds() throws -> [[UInt8]] {
    let history = try FuzzHouse.history(30)
    var database = Database(
      catalog: try FuzzHouse.catalog.get(), replica: replicas[3], founder: replicas[0])
    _ = try database.receive(history, wall: FuzzHouse.wall)
    let header = BundleHeader(
      Greeting(
        replica: replicas[3], founder: replicas[0],
        schema: try FuzzHouse.catalog.get().description, heads: database.heads),
      beyond: VersionVector(), carriesState: true)
    var frames: [SyncMessage] = [.header(header)]
    var transfer = StateTransfer(database.snapshot)
    frames.append(.state(transfer.header))
    while let part = try transfer.next() { frames.append(.rows(part)) }
    frames.append(.versions(Array(history.prefix(6))))
    frames.append(.end(messages: frames.count))
    let withoutState = [frames[0], frames[frames.count - 2], .end(messages: 2)]
    return try [frames, withoutState].map { frames in
      var encoder = BundleEncoder()
      var writer = ByteWriter()
      for frame in frames {
        let bytes = try encoder.encode(frame)
        writer.put(Int(bytes[0]))
        writer.put(bytes.dropFirst(BundleDecoder.frameHeadSize))
      }
      return writer.bytes
    }
  }

  package static func run(_ bytes: [UInt8]) throws(Divergence) {
    do {
      let frames = try read(bytes)
      var encoder = BundleEncoder()
      var decoder = try BundleDecoder(preface: BundleEncoder.preface)
      for frame in frames {
        tell("bundle: a frame that is read")
        let bytes = try encoder.encode(frame)
        let read = try decoder.decode(
          head: Array(bytes.prefix(BundleDecoder.frameHeadSize)),
          body: Array(bytes.dropFirst(BundleDecoder.frameHeadSize)))
        try expect(read == frame, what: "a frame's own bytes are another frame")
        if case .header(let header) = frame, let schema = header.schema {
          try FuzzedSchema.check(schema)
        }
      }
    } catch let error as Divergence {
      throw error
    } catch {
      throw Divergence("frames that were read cannot be written and read: \(error)")
    }
  }

  /// The frames up to the first that is none.
  private static func read(_ bytes: [UInt8]) throws -> [SyncMessage] {
    var reader = ByteReader(bytes)
    var decoder = try BundleDecoder(preface: BundleEncoder.preface)
    var (frames, checksum) = ([SyncMessage](), FrameCoding.seed)
    while !reader.isAtEnd {
      let (kind, body) = (reader.byte(), reader.bytes())
      checksum = FrameCoding.checksum(kind, body: body, after: checksum)
      let head =
        [kind] + withUnsafeBytes(of: UInt32(body.count).littleEndian) { Array($0) }
        + withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
      guard let frame = try? decoder.decode(head: head, body: body) else { break }
      frames.append(frame)
    }
    return frames
  }
}
