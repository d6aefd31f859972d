#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs of several contenders, one after the other in each round, so that what else the machine does
/// falls on all of them alike.
struct Measure {
  var rounds = 5

  /// The median rate of each contender, in things per second.
  func rates(_ contenders: [() throws -> (count: Int, time: Duration)]) throws -> [Double] {
    var all = contenders.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (place, contender) in contenders.enumerated() {
        let (count, time) = try contender()
        all[place].append(Double(count) / (time / .seconds(1)))
      }
    }
    return all.map { rates in rates.sorted()[rates.count / 2] }
  }
}

/// A rate with a unit that suits it.
func text(_ rate: Double) -> String {
  switch rate {
  case 1e6...: "\((rate / 1e4).rounded() / 100) M/s"
  case 1e3...: "\((rate / 10).rounded() / 100) k/s"
  default: "\((rate * 10).rounded() / 10) /s"
  }
}

/// One row of the table: the work, what each does, how they compare, and what is asked for.
func row(_ work: String, base: String, ours: Double, of reference: Double?, asked: String) {
  func pad(_ text: String, width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
  let ratio = reference.map { "\((ours / $0 * 100).rounded() / 100) ×" } ?? ""
  print(
    pad(work, width: 52) + pad(base, width: 14) + pad(text(ours), width: 14) + pad(ratio, width: 9)
      + asked)
}

/// How much time this thread, or what another clock is for, has spent computing: what work costs that waits for no disk, however
/// busy the machine is with other things.
func computingTime(_ clock: clockid_t = CLOCK_THREAD_CPUTIME_ID) -> Duration {
  var time = timespec()
  clock_gettime(clock, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// Prints what one thing takes at several sizes, and how many times as long each takes as at the size before.
func growth(
  _ work: String, sizes: [Int], asked: String, measure: (Int) async throws -> Duration
) async throws {
  print("\(work), asked \(asked):")
  var last: Duration?
  for size in sizes {
    let taken = try await measure(size)
    let ratio = last.map { "  × \((taken / $0 * 100).rounded() / 100)" } ?? ""
    print("  \(size): \((taken / .microseconds(1) * 10).rounded() / 10) µs\(ratio)")
    last = taken
  }
}
