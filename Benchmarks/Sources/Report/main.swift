// Turns the log of the benchmarks, on standard input, into results.json, README.md and plots in a folder.
import Foundation

let folder = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? "results")
var results: [Result] = []
var heading: [String: String] = [:]
while let line = readLine() {
  if line.hasPrefix("@") {
    heading = Result.fields(line)
  } else if let values = Result.values(line), let result = Result(heading, values: values) {
    results.append(result)
    heading = [:]
  }
}
do {
  let machine = Machine.here()
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  try encoder.encode(Run(machine: machine, results: results))
    .write(to: folder.appendingPathComponent("results.json"))
  try Table.markdown(results, machine: machine).write(
    to: folder.appendingPathComponent("README.md"), atomically: true, encoding: .utf8)
  for work in [
    "full merge", "delta of 100", "merge of nothing new", "memory", "one remote set",
    "bytes of one remote set", "delta since a context, half removed",
    "bytes of a delta since a context, half removed", "one-element deltas joined into one",
    "context of dots in any order", "one-entry G-counters folded",
  ] {
    let name = work.replacingOccurrences(of: " ", with: "-") + ".svg"
    try Plot(work: work, results: results.filter { $0.work == work }).svg.write(
      to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }
} catch {
  FileHandle.standardError.write(Data("The report was not written: \(error)\n".utf8))
  exit(1)
}
