#if Macros
  import MerganserModel
  import MerganserTypes
  import Testing

  /// A user's struct of lattices: some join, others add up, and one that does may be absent.
  @Lattice
  private struct Profile {
    var name: LWWRegister<Int>
    var votes: PNCounter
    var visits: GCounter?
    var oldest: Min<Int>?
    var badges: TwoPhaseSet<Int>
    var pages: GMap<Int, GCounter>

    /// An initializer as a user may write one; the struct is its own store all the same.
    init(_ votes: PNCounter) {
      self.init()
      self.votes = votes
    }

    var count: Int64 {
      get throws {
        let pages = try pages.entries.values.reduce(0) { $0 + (try $1.value) }
        return try votes.value + (visits?.value ?? 0) + pages
      }
    }

    var text: String {
      get throws {
        let visits = try visits.map { try $0.value }
        let oldest = oldest.map { $0.description } ?? "nobody"
        let pages = try pages.entries.map { "\($0.key): \(try $0.value.value)" }.sorted()
        return """
          \(name.value ?? -1) \(try votes.value) \(visits ?? -1) \(oldest) \(badges) \(pages)
          """
      }
    }
  }

  /// A user's struct of lattices that all join; one of them has a type that does not say how it is united.
  @Lattice
  private struct Card {
    var oldest: Min<Int>?
    var badges: TwoPhaseSet<Int>
    var best: GMap<Int, Max<Int>?>

    var text: String {
      let best = best.entries.map { "\($0.key): \($0.value?.description ?? "none")" }.sorted()
      return "\(oldest?.description ?? "nobody") \(badges) \(best)"
    }
  }

  /// A mutator of a row that holds a struct, made of one that changes the struct and returns the delta.
  private func mutator<Value: LatticeStore & Replicated>(
    _ change: @escaping @Sendable (inout Value, Int, inout Author) throws -> Value
  ) -> @Sendable (Item<Int, Value>, Int) throws -> Void where Value.Store == Value {
    { row, number in
      try row.update { Causal(try change(&$0, number, &$1), context: []) }
    }
  }

  private let subject = IncarnationSubject(
    Profile.self, showing: { try $0.text }, counting: { try $0.count },
    mutators: [
      mutator { profile, number, author in
        var delta = Profile()
        delta.name = try profile.name.set(number, as: &author)
        return delta
      },
      mutator { profile, number, author in
        Profile(try profile.votes.decrement(by: Int64(number), as: author.replica))
      },
      mutator { profile, number, author in
        var (delta, visits) = (Profile(), profile.visits ?? GCounter())
        delta.visits = try visits.increment(by: Int64(number), as: author.replica)
        profile.visits = visits
        return delta
      },
      mutator { profile, number, _ in
        var delta = Profile()
        delta.oldest = Min(number)
        profile.oldest.merge(delta.oldest)
        return delta
      },
      mutator { profile, number, _ in
        var delta = Profile()
        delta.badges = profile.badges.insert(number)
        return delta
      },
      mutator { profile, number, _ in
        var delta = Profile()
        delta.badges = profile.badges.remove(number)
        return delta
      },
      mutator { profile, number, author in
        var delta = Profile()
        delta.pages = try profile.pages.update(number) {
          try $0.increment(by: 1, as: author.replica)
        }
        return delta
      },
    ])

  private let joiningSubject = IncarnationSubject(
    Card.self, showing: { $0.text },
    mutators: [
      mutator { card, number, _ in
        var delta = Card()
        if card.oldest.merge(Min(number)) { delta.oldest = Min(number) }
        return delta
      },
      mutator { card, number, _ in
        var delta = Card()
        delta.badges = card.badges.insert(number)
        return delta
      },
      mutator { card, number, _ in
        var delta = Card()
        delta.badges = card.badges.remove(number)
        return delta
      },
      mutator { card, number, _ in
        var delta = Card()
        delta.best = card.best.update(number % 2) { best in
          let seen: Max<Int>? = Max(number)
          return best.merge(seen) ? seen : nil
        }
        return delta
      },
    ])

  @Suite struct LatticeLawTests {
    /// As ``IncarnationLawTests`` has it of the types that come with the package.
    @Test func aMutatorOfALatticeWritesToTheValueThatIsRead() throws {
      try subject.check(0..<60)
      try joiningSubject.check(0..<60)
    }

    /// As ``IncarnationDeletionTests`` has it.
    @Test func aWriteToALatticeReachesWhicheverCreationLivesOn() throws {
      for seed in 0..<60 as Range<UInt64> { try joiningSubject.checkSurvival(seed) }
    }

    /// As ``RepeatedHistoryTests`` has it.
    @Test func aHistoryOfLatticesThatIsMadeAgainGivesWhatItGave() throws {
      for seed in 0..<60 as Range<UInt64> {
        try subject.checkRepetition(seed)
        try joiningSubject.checkRepetition(seed)
      }
    }

    @Test func aLatticeIsItsOwnStore() {
      #expect(Profile.Store.self == Profile.self)
    }
  }
#endif
