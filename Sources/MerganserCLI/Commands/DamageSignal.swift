import Foundation

/// A command that reads the pages of stores in its own process.
protocol StoreReader {
  /// The folders of the stores.
  var storesRead: [String] { get }
}

/// What a command says where reading a damaged store ends its process.
///
/// LMDB trusts its own pages: where they are damaged, it fails an assertion, or reads beyond its memory. `verify`
/// therefore reads them in a process of its own. The other commands fail as commands do, and say where to look.
enum DamageSignal {
  /// The line for standard error, made before it is needed: a handler of signals may allocate nothing.
  nonisolated(unsafe) private static var line = UnsafeMutableBufferPointer<UInt8>(
    start: nil, count: 0)

  /// Has the signals of damaged pages end the process with a line that names the stores.
  static func expect(in stores: [String]) {
    let reading = stores.joined(separator: " or ")
    let checks = stores.map { "merganser verify \($0)" }
    let text = Terminal.noted(
      "reading \(reading) ended the process, as a damaged page does; "
        + "\(checks.joined(separator: " and ")) \(stores.count > 1 ? "say" : "says") more")
    line = .allocate(capacity: text.utf8.count)
    _ = line.initialize(from: text.utf8)
    // Others are faults of this program, which have nothing to do with a store's bytes.
    for number in [SIGABRT, SIGSEGV, SIGBUS] {
      signal(number) { _ in
        _ = write(STDERR_FILENO, DamageSignal.line.baseAddress, DamageSignal.line.count)
        _exit(EXIT_FAILURE)
      }
    }
  }
}

extension Show: StoreReader { var storesRead: [String] { [store] } }
extension Log: StoreReader { var storesRead: [String] { [store] } }
extension Stat: StoreReader { var storesRead: [String] { [store] } }
extension Dump: StoreReader { var storesRead: [String] { [store] } }
extension Export: StoreReader { var storesRead: [String] { [store] + (beyond.map { [$0] } ?? []) } }
extension SetAside: StoreReader { var storesRead: [String] { [store] } }
extension Requests: StoreReader { var storesRead: [String] { [store] } }
extension Accept: StoreReader { var storesRead: [String] { [store] + (of.map { [$0] } ?? []) } }
extension Backup: StoreReader { var storesRead: [String] { [store] } }
extension Compact: StoreReader { var storesRead: [String] { [store] } }
extension Forget: StoreReader { var storesRead: [String] { [store] } }
extension Renew: StoreReader { var storesRead: [String] { [store] } }
extension Succeed: StoreReader { var storesRead: [String] { [store] } }
extension Heal: StoreReader { var storesRead: [String] { [store, from] } }
extension Import: StoreReader { var storesRead: [String] { [store] } }
extension Sync: StoreReader { var storesRead: [String] { isRemote ? [first] : [first, second] } }
extension Serve: StoreReader { var storesRead: [String] { [store] } }
