import ByteFuzzing
import Foundation

/// Which part is fuzzed: the one that `MERGANSER_FUZZED_PART` names.
private let chosen: (any FuzzedPart.Type)? = {
  let name = ProcessInfo.processInfo.environment["MERGANSER_FUZZED_PART"]
  return fuzzedParts.first { $0.name == name }
}()

/// Gives bytes to the chosen part; the fuzzer sees a divergence as a crash.
private func give(_ bytes: [UInt8]) {
  guard let chosen else {
    fatalError("MERGANSER_FUZZED_PART is one of \(fuzzedParts.map { $0.name })")
  }
  do throws(Divergence) { try chosen.run(bytes) } catch { fatalError("\(error)") }
}

#if FUZZER
  /// What libFuzzer calls with bytes that it makes.
  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ start: UnsafePointer<UInt8>?, count: Int) -> Int32 {
    give(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
  }
#else
  /// Writes the seeds of every part into a folder, or gives files to the chosen part.
  @main
  enum ByteFuzzer {
    static func main() throws {
      var arguments = CommandLine.arguments.dropFirst()
      guard arguments.first == "--seeds" else {
        for path in arguments { give(Array(try Data(contentsOf: URL(filePath: path)))) }
        return
      }
      arguments = arguments.dropFirst()
      guard let folder = arguments.first.map({ URL(filePath: $0) }) else { return }
      for part in fuzzedParts {
        let place = folder.appending(path: part.name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for (number, seed) in try part.seeds().enumerated() {
          try Data(seed).write(to: place.appending(path: "\(number)"))
        }
      }
    }
  }
#endif
