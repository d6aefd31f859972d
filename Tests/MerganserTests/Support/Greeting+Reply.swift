import Merganser
import MerganserSync

extension Greeting {
  /// Says it to the side of a sync that says `own` of itself.
  ///
  /// - Throws: what the side ends the sync for.
  func greet(_ own: Greeting) throws {
    var machine = SyncMachine(limits: SyncLimits())
    var encoder = MessageEncoder()
    var bytes = MessageEncoder.preface
    encoder.encode(.greeting(self), to: &bytes)
    for event: SyncMachine.Event in [.began(own), .sent, .received(bytes), .sent] {
      for case .fail(let error) in machine.step(event, at: .zero) { throw error }
    }
  }
}
