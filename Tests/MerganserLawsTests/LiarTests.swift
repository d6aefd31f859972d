import MerganserLaws
import MerganserTypes
import Testing

@Suite struct LiarTests {
  @Test func anHonestTypeBreaksNothing() throws {
    #expect(brokenLaws(by: Honest.self) == [])
  }

  @Test func eachLiarIsCaughtByItsLawAndNoOther() {
    #expect(brokenLaws(by: NotAssociative.self) == [.mergeIsAssociative])
    #expect(brokenLaws(by: NotCommutative.self) == [.mergeIsCommutative])
    #expect(brokenLaws(by: NotIdempotent.self) == [.mergeIsIdempotent])
    #expect(brokenLaws(by: UntruthfulGrowth.self) == [.growthIsTruthful])
    #expect(brokenLaws(by: WrongOrder.self) == [.orderFollowsMerge])
    #expect(brokenLaws(by: HighBottom.self) { $0.insert($1.pick(1...6)) } == [.bottomIsIdentity])
    #expect(brokenLaws(by: UnrecognizedBottom.self) == [.bottomIsRecognized])
    #expect(brokenLaws(by: ShrinkingUpdate.self) == [.updatesInflate])
    #expect(brokenLaws(by: ChangingRefusal.self) == [.refusalChangesNothing])
    #expect(brokenLaws(by: IncompleteDelta.self) == [.deltaMergeIsFullMerge])
    #expect(brokenLaws(by: BloatedDelta.self) == [.deltaIsMinimal])
    #expect(brokenLaws(by: BloatedUpdateDelta.self) == [.deltaIsMinimal])
    #expect(brokenLaws(by: LosingDecomposition.self) == [.decompositionRejoins])
    #expect(brokenLaws(by: ReducibleParts.self) == [.partsAreIrreducible])
    #expect(brokenLaws(by: PartOfBottom.self) == [.onlyBottomHasNoParts])
    #expect(brokenLaws(by: DisownedDelta.self) == [.deltaNamesItsWriter])
    #expect(brokenLaws(by: BorrowedName.self) == [.deltaNamesItsWriter])
    #expect(brokenLaws(by: ForgetfulCoding.self) == [.codingRoundTrips])
    #expect(brokenLaws(by: HashOrderCoding.self) == [.codingIsCanonical])
    #expect(brokenLaws(by: CredulousDecoding.self) == [.decodingIsTotal])
    #expect(brokenLaws(by: ForgottenFormat.self) == [.oldEncodingsDecode])
    #expect(brokenLaws(by: BlindEquality.self) == [.equalityIsObservation])
  }

  @Test func aTypeThatForgetsEverythingBreaksNoLawAndMissesItsSpecification() throws {
    struct Forgetful: BoundedJoinSemilattice {
      mutating func insert(_ element: Int) {}
      mutating func merge(_ other: Self) -> Bool { false }
    }
    try checkLaws(of: Forgetful.self) { state, _, random in
      state.insert(random.pick(0...9))
      return nil
    }
    let violation = #expect(throws: LawViolation.self) {
      try checkSpecification(of: Forgetful.self, showing: { _ in Set<Int>() }) { set, _, random in
        let element = random.pick(0...9)
        set.insert(element)
        return element
      } specification: {
        Set($0.map(\.operation))
      }
    }
    #expect(violation?.law == .valueMeetsSpecification)
    #expect(violation?.history.count == 1)
  }

  @Test func anEncodingThatChangedIsCaught() throws {
    try checkEncoding("0100020306", decodesTo: Subject<Honest>([3, 6]))
    #expect(throws: LawViolation.self) {
      try checkEncoding("0100020306", decodesTo: Subject<Honest>([3, 7]))
    }
  }

  @Test func aViolationIsShrunkAndSaysHowToSeeItAgain() throws {
    let found = self.violation(of: .updatesInflate, by: ShrinkingUpdate.self)
    let violation = try #require(found)
    // Three insertions of different numbers, and the update that takes one out again.
    #expect(violation.history.count == 4)
    #expect(violation.file.hasSuffix("LiarTests.swift"))
    #expect(violation.description.contains("an update grows the value"))
    let again = self.violation(
      of: .updatesInflate, by: ShrinkingUpdate.self, options: .replaying(seed: violation.seed))
    #expect(again?.history == violation.history)
  }

  private func brokenLaws<Lie: Behaviour>(by lie: Lie.Type) -> Set<Law> {
    Set(Law.allCases.filter { violation(of: $0, by: lie) != nil })
  }

  private func brokenLaws<Liar: BoundedJoinSemilattice>(
    by liar: Liar.Type, update: (inout Liar, inout Randomness) -> Liar?
  ) -> Set<Law> {
    Set(
      Law.allCases.filter { law in
        var options = LawCheckOptions()
        options.laws = [law]
        do {
          try checkLaws(of: liar, options: options) { update(&$0, &$2) }
          return false
        } catch {
          return true
        }
      })
  }

  private func violation<Lie: Behaviour>(
    of law: Law, by lie: Lie.Type, options: LawCheckOptions = .init()
  ) -> LawViolation? {
    var options = options
    options.laws = [law]
    do {
      try checkLaws(
        of: Subject<Lie>.self, options: options, observing: { AnyHashable($0.sorted + [$0.secret]) }
      ) { try Lie.update(&$0, random: &$2) }
      if law == .oldEncodingsDecode {
        try checkEncoding(Lie.earlier.bytes, decodesTo: Lie.earlier.value)
      }
      return nil
    } catch {
      return error
    }
  }
}
