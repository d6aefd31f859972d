import MerganserDatabase
import MerganserTypes

// Configurations: a state for each replica, under the least numbers, in the least of the places that replicas can exchange.
extension StateSpace {
  /// Has those that hand on states forget what every replica has seen: they bring nobody anything by it.
  mutating func forget(in configuration: inout SIMD4<UInt32>) throws {
    let count = replicas.count - relays
    for relay in count..<replicas.count where configuration[relay] != bottom {
      var isKnown = true
      for place in 0..<count where isKnown {
        let state = configuration[place]
        isKnown =
          try state == configuration[relay] || merge(state, with: configuration[relay]) == state
      }
      if isKnown { configuration[relay] = bottom }
    }
  }

  /// How many times are in use in a configuration.
  func timeCount(_ configuration: SIMD4<UInt32>) -> UInt64 {
    UInt64(times(configuration).nonzeroBitCount)
  }

  /// The times in use in a configuration, each a bit.
  func times(_ configuration: SIMD4<UInt32>) -> UInt64 {
    var times: UInt64 = 0
    for place in replicas.indices { times |= states.facts[Int(configuration[place])].times }
    return times
  }

  /// Gives the dots and times of a configuration the least numbers in the same order.
  mutating func normalize(_ configuration: inout SIMD4<UInt32>) throws {
    var dots = SIMD4<UInt64>()
    var times: UInt64 = 0
    for place in replicas.indices {
      let number = Int(configuration[place])
      dots |= states.facts[number].dots
      times |= states.facts[number].times
    }
    // The dots in use are 1, 2, …, the times 2, 4, …, and what was seen ends where they do.
    let count = UInt64(times.nonzeroBitCount)
    let even = (0x5555_5555_5555_5554 as UInt64) & ((2 << (2 * count)) &- 1)
    let isDense = all((dots & (dots &+ 2)) .== 0) && times == even
    let counts = SIMD4<UInt64>(
      UInt64(dots.x.nonzeroBitCount), UInt64(dots.y.nonzeroBitCount),
      UInt64(dots.z.nonzeroBitCount), UInt64(dots.w.nonzeroBitCount))
    for place in replicas.indices {
      let number = Int(configuration[place])
      if isDense, all(states.facts[number].vector .<= counts),
        states.facts[number].clock & 1 == 0, states.facts[number].clock <= 2 * count
      {
        continue
      }
      configuration[place] = try rename(UInt32(number), dots: dots, times: times)
    }
  }

  /// A configuration as one word, with so many bits for each replica's state.
  func word(of configuration: SIMD4<UInt32>, bits: UInt64) -> UInt64 {
    var word: UInt64 = 0
    for place in replicas.indices {
      word |= UInt64(configuration[place]) << (UInt64(place) * bits)
    }
    return word
  }

  /// Gives a configuration the least numbers, and takes of all that exchanges of replicas make of it the
  /// one with the least word.
  ///
  /// - Returns: the element of the group that was applied.
  mutating func canonicalize(
    _ configuration: inout SIMD4<UInt32>, bits: UInt64
  ) throws -> Int {
    let images = try normalizedImages(of: configuration)
    var chosen = 0
    var least = word(of: images[0], bits: bits)
    for element in 1..<symmetry.order {
      let found = word(of: images[element], bits: bits)
      if found < least { (least, chosen) = (found, element) }
    }
    configuration = images[chosen]
    return chosen
  }

  /// What exchanges of replicas make of a configuration, in the order of the group's elements, each with the least
  /// numbers: their states are one another's images from then on.
  mutating func normalizedImages(of raw: SIMD4<UInt32>) throws -> [SIMD4<UInt32>] {
    var normal = raw
    try normalize(&normal)
    var images = [normal]
    if symmetry.order == 1 { return images }
    let isDense = normal == raw
    for element in 1..<symmetry.order {
      let permutation = symmetry.elements[element]
      var image = SIMD4<UInt32>()
      for place in replicas.indices {
        image[permutation[place]] = try orbits.image(of: raw[place], by: element)
      }
      let before = image
      try normalize(&image)
      if isDense, image != before { throw StateOrbits.Difference() }
      images.append(image)
    }
    if isDense { return images }
    for place in replicas.indices {
      try relate(images.enumerated().map { $1[symmetry.elements[$0][place]] })
    }
    return images
  }
}
