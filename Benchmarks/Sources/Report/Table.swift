import Foundation

/// The results as a page of text.
enum Table {
  static func markdown(_ results: [Result], machine: Machine) -> String {
    var text = """
      # Results of the benchmarks

      \(machine.processor), \(machine.cores) cores, \(machine.system), \(machine.date); load average at \
      the end \(machine.load). Written by `make bench`, which replaces this folder.

      **Method.** Release build, library and benchmarks in separate packages, so that only the public API
      is seen. What is worked on is made before the clock starts, and one round goes before those that
      count. Each value is the least of ten rounds of XCTest's `measure` (by the clock itself: of three, for
      work of the baseline that takes long, and of thirty for deltas, which take a few of the microseconds
      that XCTest counts), divided by how often the round repeats the work; *noise* is the standard
      deviation of the rounds in parts of their mean; *growth* is how many times as much a row is as the one of
      the same work before it, for how many times the size. The baseline is the obvious Swift: a dictionary from
      elements to dot sets, with a version vector; JSON through `Codable` for bytes. It names no dead dots
      in a delta. Elements are random `UInt64` unless said otherwise; insertions, removals and lookups are
      a thousand at a time, in random order. Memory is what the allocator has given out; it keeps what is
      freed, so that the system's handing out of fresh pages is not measured, on either side. Where a row
      says *allocator as the system sets it*, it does not: a process of its own does this work, and pays for
      fresh pages in each round. *One remote set* is a set of a key of a map by a replica, its delta
      recorded in a `DeltaBuffer`, encoded, decoded and merged at another replica, and acknowledged.

      **What bounds single operations.** At 1,000,000 elements they wait for memory. Of samples that perf
      takes of insertions alone, 48 % lie in the search of the index, and of these 87 % at the first
      comparison, which waits for the slot; of removals, 50 % in the search, which also waits for the
      element. The index is one load from a table of about 12 MB, which fits no cache of a core.

      ![Full merge](full-merge.svg) ![Delta](delta-of-100.svg)
      ![Nothing new](merge-of-nothing-new.svg) ![Memory](memory.svg)
      ![One remote set](one-remote-set.svg) ![Bytes of one remote set](bytes-of-one-remote-set.svg)
      ![Delta by a context](delta-since-a-context,-half-removed.svg)
      ![Its bytes](bytes-of-a-delta-since-a-context,-half-removed.svg)
      ![Deltas joined](one-element-deltas-joined-into-one.svg)
      ![Dots in any order](context-of-dots-in-any-order.svg)
      ![G-counters folded](one-entry-G-counters-folded.svg)

      | work | size | ours | noise | growth | baseline | noise | ratio |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |

      """
    var seen: Set<String> = []
    for result in results.sorted(by: { ($0.work, $0.size) < ($1.work, $1.size) }) {
      guard seen.insert("\(result.work) \(result.size)").inserted else { continue }
      let both = results.filter { $0.work == result.work && $0.size == result.size }
      let ours = both.last { $0.side == "ours" }
      let baseline = both.last { $0.side == "baseline" }
      var ratio = ""
      if let ours, let baseline, ours.best > 0 {
        ratio = String(format: "%.1f", baseline.best / ours.best)
      }
      let growth = growth(of: ours, among: results)
      text +=
        "| \(result.work) | \(result.size) | \(cell(ours)) | \(growth) | \(cell(baseline)) | \(ratio) |\n"
    }
    return text
  }

  /// How many times as much a result is as that of the same work at the size before, and how much larger it is.
  private static func growth(of result: Result?, among results: [Result]) -> String {
    guard let result else { return "" }
    let smaller = results.filter {
      $0.work == result.work && $0.side == result.side && $0.size < result.size && $0.best > 0
    }
    guard let before = smaller.max(by: { $0.size < $1.size }) else { return "" }
    let size = Double(result.size) / Double(before.size)
    return String(format: "%.1f for %.0f", result.best / before.best, size)
  }

  private static func cell(_ result: Result?) -> String {
    guard let result else { return " | " }
    let noise = result.values.count > 1 ? String(format: "%.0f %%", result.noise * 100) : ""
    return "\(quantity(result.best, unit: result.unit)) | \(noise)"
  }

  static func quantity(_ value: Double, unit: String) -> String {
    if unit != "s" { return String(format: "%.2f ", value) + unit }
    switch value {
    case ..<1e-6: return String(format: "%.0f ns", value * 1e9)
    case ..<1e-3: return String(format: "%.1f µs", value * 1e6)
    case ..<1: return String(format: "%.2f ms", value * 1e3)
    default: return String(format: "%.2f s", value)
    }
  }
}
