import Merganser
import MerganserModel

/// A branch's desk that is open in this process.
struct DeskBranch: Sendable {
  let place: Place
  let desk: DemoDesk
  let replica: Replica<DemoDesk>

  /// Opens a branch's desk in `directory`, creating its store if there is none.
  static func open(
    _ place: Place, in directory: String, joining founder: ReplicaID?
  ) async throws -> DeskBranch {
    let desk = DemoDesk()
    let replica = try await Replica.open(
      desk, at: "\(directory)/\(place.deskFolder)", joining: founder,
      running: Running(by: try DemoDesk.plan))
    return DeskBranch(place: place, desk: desk, replica: replica)
  }

  /// Writes which replica the branch is.
  func introduce() async throws {
    let (branches, name, id) = (desk.branches, place.folder, replica.id)
    try await replica.write { tx in try tx[branches, name].set(id) }
  }

  func sync(with other: DeskBranch) async throws {
    let report = try await replica.sync(with: other.replica)
    if let refused = report.refused.first { throw refused }
  }

  /// Submits a wish to the order.
  func ask(for wish: DeskWish) async throws {
    switch wish {
    case .name(let name, let holder): try await replica.submit(desk.claim, name, holder)
    case .meeting(let meeting, let room, let hour):
      try await replica.submit(desk.book, room, hour, meeting)
    }
  }

  /// What is open here, in the order in which it is to run, and what would come of it.
  func shown() async throws -> [DeskHistory.Shown] {
    var shown: [DeskHistory.Shown] = []
    for entry in try SubmittedRequests(replica.snapshot).open {
      guard let outcome = try await replica.receipt(of: entry.request).tentative() else {
        throw Failure("\(place.name) does not tell what would come of \(entry.request)")
      }
      let wish = try wish(of: entry)
      shown.append(
        DeskHistory.Shown(
          request: entry.request, place: place, wish: wish, answer: try wish.answer(by: outcome)))
    }
    return shown
  }

  /// What was decided as this branch knows it, in the order in which it was.
  func decided(among branches: [DeskBranch]) throws -> [DeskHistory.Decided] {
    try SubmittedRequests(replica.snapshot).decided.map { entry in
      guard let author = branches.first(where: { $0.replica.id == entry.submission?.author }),
        let number = entry.place?.number, let outcome = entry.execution?.outcome
      else { throw Failure("\(place.name) does not know who asked for \(entry.request)") }
      let wish = try wish(of: entry)
      return DeskHistory.Decided(
        request: entry.request, place: author.place, wish: wish, number: number,
        answer: try wish.answer(by: outcome))
    }
  }

  /// What a request asks for, as it was stored.
  private func wish(of entry: SubmittedRequests.Entry) throws -> DeskWish {
    let arguments = entry.call?.arguments ?? []
    if entry.call?.transaction == desk.claim.name,
      let (name, holder) = try desk.claim.coding?.decode(arguments)
    {
      return .name(name, holder: holder)
    }
    if entry.call?.transaction == desk.book.name,
      let (room, hour, meeting) = try desk.book.coding?.decode(arguments)
    {
      return .meeting(meeting, room: room, hour: hour)
    }
    throw Failure("\(place.name) does not know what \(entry.request) asks for")
  }
}
