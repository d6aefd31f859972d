import Merganser
import MerganserModel
import MerganserSync
import MerganserTypes

/// A connection between two replicas, and the sync that goes on over it.
///
/// What one side says stands in its lane until the schedule delivers it to the other.
final class Link {
  /// The two sites, the lower number first.
  let sites: [Int]
  /// Each side of the sync; `nil` once its process has ended.
  private var sides: [SteppedSync?]
  /// What each side has sent.
  private var lanes = [Lane(), Lane()]
  /// How many bytes a side has sent at once at most.
  private(set) var largestPiece = 0
  /// Whether what came was changed, or came in another order: then no length in it need be that of a message.
  private(set) var isDisturbed = false
  /// Whether the two sides stay linked.
  let isLink: Bool
  private let recorder: Recorder?

  init(_ sites: [Int], sides: [SteppedSync], isLink: Bool = false, recorder: Recorder?) {
    self.sites = sites
    self.isLink = isLink
    self.sides = sides
    self.recorder = recorder
  }

  /// What came of each side, as far as it has come to an end.
  var results: [Result<SyncMachine.Result, any Error>?] { sides.map { $0?.result } }

  /// Whether nothing more happens here.
  var isOver: Bool { sides.allSatisfy { $0?.result != nil || $0 == nil } }

  /// How far a site's side has come; `nil` if it has come to an end.
  func stage(of site: Int) -> SyncMachine.Stage? {
    guard let side = sides[place(of: site)], side.result == nil else { return nil }
    return side.stage
  }

  /// Whether both sides are linked now.
  var isStanding: Bool {
    isLink && sides.allSatisfy { $0.map { $0.result == nil && $0.stage == .live } ?? false }
  }

  /// Has a side drain.
  func drain(_ place: Int, at now: Duration) {
    guard let side = sides[place], side.result == nil else { return }
    side.drain(at: now)
    goOn(at: now)
  }

  /// Takes out what came and went, by site.
  func takeReports() -> [(site: Int, result: SyncMachine.Result)] {
    zip(sites, sides).flatMap { site, side in
      (side?.takeReports() ?? []).map { (site, $0) }
    }
  }

  /// What a side has noted last that the other holds.
  func noted(at place: Int) -> (peer: ReplicaID, heads: [ReplicaID: Head])? { sides[place]?.noted }

  /// How many bytes of versions a side has sent ahead of what the other let come.
  func overdraft(at place: Int) -> Int { sides[place]?.overdraft ?? 0 }

  /// How many bytes have come to a side that it has not worked off.
  func inboxSize(at place: Int) -> Int { sides[place]?.inboxSize ?? 0 }

  func place(of site: Int) -> Int { site == sites[0] ? 0 : 1 }

  func begin(at now: Duration) {
    for side in sides { side?.begin(at: now) }
    goOn(at: now)
  }

  /// Whether a side waits for what the other has sent.
  func canDeliver(from place: Int) -> Bool {
    lanes[place].hasNews && sides[1 - place]?.isReceiving == true
      && sides[1 - place]?.result == nil
  }

  /// Whether something of a side is on its way.
  func isCarrying(from place: Int) -> Bool { !lanes[place].isEmpty }

  /// Delivers what a side has sent, at most so many bytes; 0 for a piece as it was sent.
  func deliver(from place: Int, limit: Int, at now: Duration) {
    guard canDeliver(from: place), let side = sides[1 - place] else { return }
    let sent = lanes[place].firstSent
    if let bytes = lanes[place].take(limit) {
      note(bytes.count, from: place, sent: sent)
      side.receive(bytes, at: now)
    } else {
      side.end(at: now)
    }
    goOn(at: now)
  }

  /// Does something to what a side has sent.
  func disturb(from place: Int, by body: (inout Lane) -> Void) {
    isDisturbed = true
    body(&lanes[place])
  }

  /// Loses what a side has sent first.
  func lose(from place: Int) {
    isDisturbed = true
    note(
      lanes[place].pieces.first?.count ?? 0, from: place, sent: lanes[place].firstSent, isLost: true
    )
    lanes[place].lose()
  }

  private func note(_ bytes: Int, from place: Int, sent: Int?, isLost: Bool = false) {
    guard let recorder, let sent else { return }
    recorder.note(bytes, from: sites[place], to: sites[1 - place], sent: sent, isLost: isLost)
  }

  /// Ends the connection; what is on its way is lost.
  func cut(at now: Duration) {
    for place in lanes.indices {
      while !lanes[place].isEmpty { lose(from: place) }
      lanes[place].hasEnded = true
    }
    for side in sides where side?.result == nil { side?.disconnect(at: now) }
    goOn(at: now)
  }

  /// Takes notice that a site's process has ended.
  func endProcess(of site: Int, at now: Duration) {
    sides[place(of: site)] = nil
    for place in lanes.indices { lanes[place].hasEnded = true }
    goOn(at: now)
  }

  /// Takes notice that time has passed.
  func pass(at now: Duration) {
    for side in sides where side?.result == nil { side?.pass(at: now) }
    goOn(at: now)
  }

  /// Takes notice of what was done by writers, and carries what is to be sent.
  func goOn(at now: Duration) {
    for side in sides { side?.goOn(at: now) }
    var isMoving = true
    while isMoving {
      isMoving = false
      for (place, side) in sides.enumerated() {
        guard let side else { continue }
        if side.result != nil {
          // Whoever has come to an end closes the connection.
          if let bytes = side.outgoing, lanes[place].hasRoom, !lanes[place].hasEnded {
            put(bytes, from: side, at: place)
          }
          for place in lanes.indices { lanes[place].hasEnded = true }
        } else if let bytes = side.outgoing, lanes[place].hasEnded || lanes[place].hasRoom {
          if lanes[place].hasEnded {
            side.failSending()
          } else {
            put(bytes, from: side, at: place)
          }
          side.goOn(at: now)
          isMoving = true
        }
      }
    }
  }

  private func put(_ bytes: [UInt8], from side: SteppedSync, at place: Int) {
    largestPiece = max(largestPiece, bytes.count)
    lanes[place].put(bytes, at: recorder?.moment ?? 0)
    side.noteSent()
  }
}
