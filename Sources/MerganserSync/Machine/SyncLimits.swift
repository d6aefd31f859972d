/// What a side of a sync takes of the other: how much at a time, and how long it waits.
public struct SyncLimits: Hashable, Sendable {
  /// How many bytes a message may have, from 64 KiB on: a row that is larger is refused by name.
  ///
  /// A transaction makes no row larger than 64 MB; rows that several replicas filled apart can be larger when they
  /// are merged.
  public var messageSize = 128 << 20
  /// How many bytes of versions may come one after the other of which none can be applied or set aside.
  public var uselessBytes = 1 << 30
  /// How long nothing at all may come, from a millisecond on.
  ///
  /// A side of a link tells the other, which then says something a few times in that time whether it has anything to say or not,
  /// but not more often than every second; so two sides of which only one has less than four seconds here do not stay linked.
  public var silence = Duration.seconds(60)
  /// How long nothing may come but that the other side is at work; adopting a large state takes a while.
  ///
  /// For a link that is idle there is no such limit: it holds where the other side has something to answer.
  public var work = Duration.seconds(3600)

  /// How many bytes of versions the other side of a link may send ahead of what is stored here, from one on; beyond
  /// the last byte one message more may come.
  public var window = 4 << 20
  /// How long the two sides of a link go on before they compare all that they hold anew.
  public var meeting = Duration.seconds(300)

  /// The limits that suit a transport between machines.
  public init() {}

  /// The limits as they are kept: what is out of range is the nearest that is in it.
  var kept: Self {
    var kept = self
    kept.messageSize = max(messageSize, 1 << 16)
    kept.uselessBytes = max(uselessBytes, 1 << 20)
    kept.silence = max(silence, .milliseconds(1))
    kept.work = max(work, kept.silence)
    kept.window = max(window, 1)
    kept.meeting = max(meeting, .milliseconds(1))
    return kept
  }
}
