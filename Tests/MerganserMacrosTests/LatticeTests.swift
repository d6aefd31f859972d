#if Macros
  import MerganserLaws
  import MerganserTypes
  import Testing

  @Lattice
  private struct Profile {
    var name: LWWRegister<String>
    var visits: GCounter
    var badges, friends: GSet<Int>
    var oldest: Min<Int>? { didSet {} }

    var isNew: Bool { visits.isBottom }
    static let limit = 5
  }

  @Suite struct LatticeTests {
    @Test func laws() throws {
      try checkLaws(of: Profile.self, observing: { $0.name.value }) { profile, author, random in
        var delta = Profile()
        let number = random.pick(0...9)
        switch random.pick(0...4) {
        case 0: delta.name = try profile.name.set("\(number)", as: &author)
        case 1: delta.visits = try profile.visits.increment(by: 1, as: author.replica)
        case 2: delta.badges = profile.badges.insert(number)
        case 3: delta.friends = profile.friends.insert(number)
        default:
          let known = profile.oldest
          profile.oldest.merge(Min(number))
          if profile.oldest != known { delta.oldest = Min(number) }
        }
        return delta
      }
    }

    @Test func rowsCreatedConcurrentlyAreUnitedPropertyByProperty() throws {
      let a = ReplicaID(high: 1, low: 0)
      var one = Profile()
      var two = Profile()
      try one.visits.increment(by: 2, as: a)
      try two.visits.increment(by: 3, as: a)
      two.badges.insert(7)
      Profile.unite(&one, with: two, for: .reading)
      // The counters count for themselves; a join would show 3.
      #expect(try one.visits.value == 5)
      #expect(one.badges == [7])
    }

    /// What another replica counted, or what is later than its version, is found in every property.
    @Test func whatAnotherHandWroteIsFoundInEveryProperty() throws {
      let (a, b) = (ReplicaID(high: 0, low: 1), ReplicaID(high: 0, low: 2))
      let (now, later) = (HybridTime(milliseconds: 5), HybridTime(milliseconds: 6))
      var profile = Profile()
      try profile.visits.increment(by: 1, as: a)
      #expect(profile.canBeWritten(by: a, at: now))
      #expect(!profile.canBeWritten(by: b, at: now))
      var author = Author(b, nextSequence: 1, time: later)
      profile = Profile()
      _ = try profile.name.set("b", as: &author)
      #expect(profile.canBeWritten(by: a, at: later))
      #expect(!profile.canBeWritten(by: a, at: now))
    }

    enum Later {
      @Lattice
      struct Profile {
        var name: LWWRegister<String>
        var visits: GCounter
      }
    }

    enum Latest {
      @Lattice
      struct Profile {
        var name: LWWRegister<String>
        var visits: PNCounter
      }
    }

    /// A struct whose bytes are others is not taken for the one before, though it has its name.
    @Test func aStructThatChangesHasAnotherLayout() {
      #expect(Later.Profile.layout == "name: LWWRegister<String>, visits: GCounter")
      #expect(Latest.Profile.layout == "name: LWWRegister<String>, visits: PNCounter")
      #expect(Later.Profile.typeName.hasSuffix(".LatticeTests.Later.Profile"))
      #expect(Latest.Profile.typeName.hasSuffix(".LatticeTests.Latest.Profile"))
      let inner = Later.Profile.typeName
      #expect(
        ORMap<Int, Incarnated<Later.Profile>>.typeName == "ORMap<Int, Incarnated<\(inner)>>")
      #expect(
        Later.Profile.componentTypes.map { $0.typeName } == ["LWWRegister<String>", "GCounter"])
    }
  }
#endif
