import MerganserDatabase
import MerganserSync

/// A machine, and the other side's end of the bytes.
struct SyncSide {
  var machine: SyncMachine
  var encoder = MessageEncoder()
  var decoder = MessageDecoder(limit: 1 << 30)
  var now = Duration.zero
  /// What the machine said last.
  var directives: [SyncMachine.Directive] = []
  /// What it has sent.
  var sent: [SyncMessage] = []
  /// What has ended it.
  var failure: (any Error)?
  var result: SyncMachine.Result?

  init(_ greeting: Greeting, limits: SyncLimits = SyncLimits(), isLink: Bool = false) throws {
    machine = SyncMachine(limits: limits, isLink: isLink)
    decoder.isGreeted = true
    try step(.began(greeting))
  }

  /// Lets something happen.
  ///
  /// What the machine sends is on its way at once, unless `holdsSends`.
  mutating func step(_ event: SyncMachine.Event, holdsSends: Bool = false) throws {
    directives = machine.step(event, at: now)
    for directive in directives {
      switch directive {
      case .send(let bytes):
        decoder.append(bytes)
        while let message = try decoder.next() { sent.append(message) }
        if holdsSends { continue }
        let before = directives
        try step(.sent)
        directives = before + directives
      case .fail(let error): failure = error
      case .finish(let result): self.result = result
      default: break
      }
    }
  }

  /// Has the other side say something.
  mutating func hear(_ message: SyncMessage, holdsSends: Bool = false) throws {
    var bytes = encoder.count == 0 ? MessageEncoder.preface : []
    encoder.encode(message, to: &bytes)
    try step(.received(bytes), holdsSends: holdsSends)
  }

  /// Whether the machine's last directives have one.
  func said(_ matches: (SyncMachine.Directive) -> Bool) -> Bool {
    directives.contains(where: matches)
  }
}
