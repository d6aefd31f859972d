import MerganserDatabase

extension StateSpace {
  /// Whether all that was made of states comes out the same where the replicas have other names.
  ///
  /// Then a search with those goes through the same configurations and finds the same. Names can make a difference where
  /// code compares them. An image of a state is where the same steps lead: nothing is assumed of what is in it.
  ///
  /// - Throws: what a condition throws.
  func isRepeated(
    of other: Workload, replicas count: Int, in session: SearchSession
  ) throws -> Bool {
    var space = StateSpace(other, replicaCount: count, relays: replicas.count - count)
    defer { session.spend(space.work, wasShort: false) }
    var images = StateImages()
    for operation in record {
      let isSame: Bool
      switch operation {
      case .start(let start): isSame = images.relate(start, to: try space.start())
      case .bottom(let bottom): isSame = images.relate(bottom, to: space.bottom)
      case .step(let call, let place, let state, let slot, let next, let isTimed):
        guard let image = images[state] else { return false }
        let found = try space.run(call, at: place, on: image, slot: slot)
        switch (next, found.next) {
        case (nil, nil): isSame = true
        case (let next?, let reached?):
          isSame = found.isTimed == isTimed && images.relate(next, to: reached)
        default: isSame = false
        }
      case .merge(let one, let two, let into):
        guard let left = images[one], let right = images[two] else { return false }
        isSame = images.relate(into, to: try space.join(left, with: right))
      case .rename(let state, let dots, let times, let into):
        guard let image = images[state] else { return false }
        isSame = images.relate(into, to: try space.rename(image, dots: dots, times: times))
      }
      if !isSame { return false }
    }
    return images.pairs.allSatisfy { states[$0].isAlike(space.states[$1]) }
  }
}

/// The images of states in another space: one each, and none is the image of two.
private struct StateImages {
  private var images: [UInt32: UInt32] = [:]
  private var origins: [UInt32: UInt32] = [:]

  subscript(state: UInt32) -> UInt32? { images[state] }

  /// The states, each with its image.
  var pairs: [UInt32: UInt32] { images }

  /// Notes an image; false if there is another one, or it is another one's.
  mutating func relate(_ state: UInt32, to image: UInt32) -> Bool {
    if let known = images[state] { return known == image }
    if origins[image] != nil { return false }
    images[state] = image
    origins[image] = state
    return true
  }
}

extension LocalState {
  /// Whether a search asks nothing that is otherwise of the other state.
  fileprivate func isAlike(_ other: LocalState) -> Bool {
    dots == other.dots && vector == other.vector && times == other.times && clock == other.clock
      && broken == other.broken && isOverfull == other.isOverfull
  }
}
